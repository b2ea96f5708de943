# SPDX-License-Identifier: MIT
"""Configuration of the gateway and the decision endpoint, and what `warder check` reports about the files that routes name."""

import json
import os
import stat

import pytest
from support.secrets import write_secret
from support.tls import make_certificate

PLAIN = '[[route]]\nprefix = "/a"\nupstream = "http://127.0.0.1:8332"\n'


@pytest.fixture
def secret(tmp_path):
    return write_secret(tmp_path / "secret", "user:correct-horse\n")


def only_fault(faults):
    (fault,) = faults
    return fault


# Settings


@pytest.mark.parametrize("content", ["[decision]\n", "[gateway]\n", 'decision.source = ""\n', 'gateway.listen = ""\n', "route = []\n", PLAIN, PLAIN + PLAIN.replace("/a", "/b"),
                                     'decision.source = "original"\n', "gateway.listen = '127.0.0.1:0'\n" + PLAIN])
def test_valid_route_configuration_has_no_faults(check, content):
    assert check(content) == []


@pytest.mark.parametrize(
    "content, line, right",
    [("decision.source = 'nginx'\n", ":1: ", "original"), ("[gateway]\nlisten = 8442\n", ":2: ", "an address"), ("[decision]\nsorce = ''\n", ":2: ", "decision.source")]
    + [("[[route]]\nprefix = '/a'\n", ":1: ", "no upstream"), (PLAIN + "prefx = 1\n", ":4: ", 'did you mean "prefix"'), (PLAIN + "body_limit = 64\n", ":4: ", "a size like")]
    + [(PLAIN + "json_rpc = 1\n", ":4: ", "true or false"), (PLAIN + "idle_timeout = 'soon'\n", ":4: ", "a duration"), (PLAIN + "ca_file = ''\n", ":4: ", "a PEM file")]
    + [(PLAIN + "credential = 'file:/x'\n", ":4: ", "basic-file:PATH"), (PLAIN + "credential = 'header-file:X-Forwarded-For:/x'\n", ":4: ", "X-Forwarded-For")]
    + [(PLAIN + '\n[[route]]\nprefix = "/a/"\nupstream = "http://b"\n', ":6: ", "in line 2"), ("[[route]]\nprefix = '/a/../b'\nupstream = 'http://b'\n", ":2: ", "segment")]
    + [("[route]\nprefix = '/a'\n", ":1: ", "[[route]]"), (PLAIN + "[route.x]\n", ":4: ", 'unknown key "x" in [[route]]'), (PLAIN + 'ca_file = "a\\u0000b"\n', ":4: ", "NUL")],
)
def test_invalid_route_setting_error_names_its_line_and_the_correct_form(check, content, line, right):
    said = only_fault(check(content))
    assert said.startswith(line) and right in said, said


def test_missing_upstream_is_reported_together_with_an_unknown_key_that_is_not_similar(check):
    faults = check("[[route]]\nprefix = '/a'\nteam = 'x'\n")
    assert len(faults) == 2 and "no upstream" in faults[0] and 'unknown key "team" in [[route]]; the nearest known name is "upstream"' in faults[1], faults


def test_check_reports_all_faults_of_routes_in_one_run(check):
    faults = check('[[route]]\nprefix = "a"\nupstream = "b"\n[[route]]\n[gateway]\nlisten = "0.0.0.0:1"\n')
    for needle in (':2: invalid value "a" for prefix', ":3: invalid value for upstream", ":4: this [[route]] has no prefix", ":4: this [[route]] has no upstream", "gateway.listen"):
        assert sum(needle in fault for fault in faults) == 1, (needle, faults)
    assert len(faults) == 5, faults


@pytest.mark.parametrize("wrong", ['upstream = "http://me:hunter2@b"', 'upstream = "http://b"\ncredential = "me:hunter2"', 'upstream = "http://b"\ncredential = "bearer:hunter2"'])
def test_secret_in_the_wrong_place_is_not_in_the_error_message(check, wrong):
    assert "hunter2" not in only_fault(check(f'[[route]]\nprefix = "/a"\n{wrong}\n'))


def test_gateway_listen_requires_another_address_than_listen_and_loopback_without_tls(check):
    assert "same address as listen" in only_fault(check('listen = "127.0.0.1:8441"\ngateway.listen = "localhost:8441"\n'))
    assert "same address as listen" in only_fault(check('listen = "[::1]:8441"\n', WARDER_GATEWAY_LISTEN="[0:0::1]:8441"))
    assert "allow_plaintext" in only_fault(check('gateway.listen = "0.0.0.0:8442"\n'))
    assert check('gateway.listen = "0.0.0.0:8442"\nallow_plaintext = true\n') == []


def test_gateway_and_decision_variables_are_accepted_and_route_variables_are_rejected(check):
    assert check("decision.source = 'x'\n", WARDER_DECISION_SOURCE="path", WARDER_GATEWAY_LISTEN="") != []  # the value in the file is validated too
    assert check("", WARDER_DECISION_SOURCE="path", WARDER_GATEWAY_LISTEN="") == []
    for name in ("WARDER_ROUTE", "WARDER_ROUTE_CREDENTIAL", "WARDER_ROUTE_0_PREFIX"):
        said = only_fault(check("", **{name: "hunter2"}))
        assert name in said and "can only be set in the configuration file" in said and "hunter2" not in said


# Files


def with_credential(path, kind="basic-file"):
    return PLAIN + f'credential = "{kind}:{path}"\n'


def test_usable_credential_file_has_no_faults(check, secret):
    for kind in ("basic-file", "bearer-file", "header-file:X-Key"):
        assert check(with_credential(secret, kind)) == []
    link = secret.with_name("link")
    link.symlink_to(secret)
    assert check(with_credential(link)) == []


def test_unusable_credential_file_is_reported_without_its_content(check, secret):
    assert "route /a: credential file" in only_fault(check(with_credential(secret.with_name("none"))))
    secret.chmod(0o640)
    assert "chmod 600" in only_fault(check(with_credential(secret)))
    secret.write_text("correct-horse\nbattery\n")
    faults = check(with_credential(secret))
    assert len(faults) == 2 and "more than one line" in faults[1] and "correct-horse" not in str(faults)
    secret.unlink()
    os.mkfifo(secret, 0o600)
    assert "not a regular file" in only_fault(check(with_credential(secret)))


def test_relative_credential_path_is_resolved_against_the_working_directory(check, secret, monkeypatch):
    monkeypatch.chdir(secret.parent)
    assert check(with_credential(secret.name)) == []


def test_unusable_ca_file_of_a_route_is_reported(check, tmp_path):
    good, _ = make_certificate(tmp_path, "good")
    old, key = make_certificate(tmp_path, "old", days=-1)
    text = PLAIN.replace("http:", "https:") + 'ca_file = "{}"\n'
    assert check(text.format(good)) == []
    assert "expired" in only_fault(check(text.format(old)))
    assert "contains no certificate" in only_fault(check(text.format(key)))
    assert "can't be read" in only_fault(check(text.format(tmp_path / "none")))


def test_route_hidden_by_the_management_api_is_reported_unless_gateway_has_its_own_listener(check):
    hidden = PLAIN.replace("/a", "/v1alpha/token")
    assert "set gateway.listen" in only_fault(check(hidden))
    assert check('gateway.listen = "127.0.0.1:0"\n' + hidden) == []


def test_server_starts_with_missing_credential_file_and_check_reports_it(start_server, tmp_path):
    """Bitcoin Core, which writes the file, may start later."""
    server = start_server(config_text=with_credential(tmp_path / "later"))
    assert server.get("/healthz/liveness").status_code == 200
    answer = server.cli("check", "--json")
    assert "no such file" in only_fault(json.loads(answer.stdout)["faults"])


def test_check_does_not_modify_the_credential_file(check, secret):
    before = secret.stat()
    check(with_credential(secret))
    after = secret.stat()
    assert (before.st_mtime_ns, before.st_ino, stat.S_IMODE(before.st_mode)) == (after.st_mtime_ns, after.st_ino, stat.S_IMODE(after.st_mode))
