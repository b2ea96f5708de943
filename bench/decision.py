# SPDX-License-Identifier: MIT
"""`/auth`, which a proxy asks about each request, compared with nginx that does nothing and HAProxy that checks a token by itself."""
from peers import TokensForHaproxy, haproxy, nginx_204
from tools import cpu_row, mint_many, throughput_rows, warder, wrk_bearers

SETTINGS = {"WARDER_DECISION_SOURCE": "original"}
# As nginx and HAProxy ask. The peers get the same requests.
ASKED = ["X-Original-Method: GET", "X-Original-URI: /v1alpha/wallets/savings/psbt?limit=10", "X-Original-Host: wallets.example.org"]
LIMITED = ["GET /v1alpha/wallets/*/psbt"]
RATE = "1000000/second"  # so that none is refused


def measure(binary, workplace, rounds):
    data_dir = workplace / "decision"
    with warder(binary, data_dir, settings=SETTINGS) as server:
        tokens = mint_many(server, workplace / "tokens")
        limited = mint_many(server, workplace / "limited", endpoints=LIMITED)
        rated = mint_many(server, workplace / "rated", rate_limit=RATE)
    kinds = {"warder": tokens, "limited": limited, "rated": rated}
    for_haproxy = TokensForHaproxy(workplace / "haproxy")

    loads = {"warder": [], "limited": [], "rated": [], "nginx": [], "haproxy": []}
    for number in range(rounds):
        with nginx_204(workplace / "nginx") as peer:
            loads["nginx"].append(wrk_bearers(peer, "/auth", tokens, ASKED))
        with haproxy(workplace / "haproxy", for_haproxy) as peer:
            loads["haproxy"].append(wrk_bearers(peer, "/auth", for_haproxy.file, ASKED))
        with warder(binary, data_dir, settings=SETTINGS) as server:
            for kind in list(kinds)[:: 1 if number % 2 else -1]:  # who comes second finds another machine
                loads[kind].append(wrk_bearers(server, "/auth", kinds[kind], ASKED))
    return [
        cpu_row("CPU per `/auth` with a bearer token / nginx `return 204`", loads["warder"], loads["nginx"], "<= 1.1"),
        cpu_row("the same / HAProxy with `jwt_verify` and a map lookup of the token id", loads["warder"], loads["haproxy"], "<= 0.6"),
        cpu_row("the same with a scoped token / with an unscoped one", loads["limited"], loads["warder"], "<= 1.1"),
        cpu_row("the same with a token that has a rate limit / with one that has none", loads["rated"], loads["warder"], "<= 1.03"),
        *throughput_rows("requests a second to `/auth` / to nginx", loads["warder"], loads["nginx"], ">= 0.9"),
    ]
