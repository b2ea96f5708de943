# SPDX-License-Identifier: MIT
"""`/auth`, which a proxy asks about each request, compared with nginx that does nothing and HAProxy that checks a token by itself."""
from peers import TokensForHaproxy, haproxy, nginx_204
from tools import cpu_row, mint_many, throughput_rows, warder, wrk_bearers

SETTINGS = {"WARDER_DECISION_SOURCE": "original"}
# As nginx and HAProxy ask. The peers get the same requests.
ASKED = ["X-Original-Method: GET", "X-Original-URI: /v1alpha/wallets/savings/psbt?limit=10", "X-Original-Host: wallets.example.org"]
LIMITED = ["GET /v1alpha/wallets/*/psbt"]


def measure(binary, workplace, rounds):
    data_dir = workplace / "decision"
    with warder(binary, data_dir, settings=SETTINGS) as server:
        tokens = mint_many(server, workplace / "tokens")
        limited = mint_many(server, workplace / "limited", endpoints=LIMITED)
    for_haproxy = TokensForHaproxy(workplace / "haproxy")

    loads = {"warder": [], "limited": [], "nginx": [], "haproxy": []}
    for _ in range(rounds):
        with nginx_204(workplace / "nginx") as peer:
            loads["nginx"].append(wrk_bearers(peer, "/auth", tokens, ASKED))
        with haproxy(workplace / "haproxy", for_haproxy) as peer:
            loads["haproxy"].append(wrk_bearers(peer, "/auth", for_haproxy.file, ASKED))
        with warder(binary, data_dir, settings=SETTINGS) as server:
            loads["warder"].append(wrk_bearers(server, "/auth", tokens, ASKED))
            loads["limited"].append(wrk_bearers(server, "/auth", limited, ASKED))
    return [
        cpu_row("CPU per `/auth` with a bearer token / nginx `return 204`", loads["warder"], loads["nginx"], "<= 1.1"),
        cpu_row("the same / HAProxy with `jwt_verify` and a map lookup of the token id", loads["warder"], loads["haproxy"], "<= 0.6"),
        cpu_row("the same with a scoped token / with an unscoped one", loads["limited"], loads["warder"], "<= 1.1"),
        *throughput_rows("requests a second to `/auth` / to nginx", loads["warder"], loads["nginx"], ">= 0.9"),
    ]
