# SPDX-License-Identifier: MIT
"""A clock that is wrong for some time causes no deletion of tokens or audit events."""

import pytest
from support.clock import set_clock, write_offset
from support.server import ADMIN_PASSWORD
from support.waiting import eventually

UNCONFIRMED = "event=clock_unconfirmed"


def events(admin):
    return {event["id"]: event["action"] for event in admin.get("/v1alpha/audit").json()["events"]}


@pytest.mark.bare
@pytest.mark.parametrize("offset", ["+2d", "+200d", "+14y"])
def test_clock_ahead_at_two_starts_deletes_no_token_and_no_audit_event(start_with_store, offset):
    server = start_with_store('[tokens]\nkeep_expired = "1 s"\n[audit]\nkeep = "1 day"\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    tokens = [admin.mint("hours", life="1 day"), admin.mint("year", life="1 year")]
    before = events(admin)
    server.stop()

    set_clock(server, offset)
    for start in (1, 2):  # what the server wrote with the wrong clock does not confirm it at the next start
        server.start()
        eventually(lambda: server.log().count(UNCONFIRMED) == start)
        admin.mint(f"by the wrong clock {start}", life="1 h")
        server.stop()
    set_clock(server, None)
    server.start()
    assert all(server.accepts(token) for token in tokens)
    assert before.items() <= events(admin).items()
    assert server.log().count(UNCONFIRMED) == 2, "the clock is right again"


@pytest.mark.bare
@pytest.mark.parametrize("step", ["+14y", "-14y"])
def test_clock_that_jumps_while_the_server_runs_deletes_no_token_and_no_audit_event(start_with_store, tmp_path, step):
    clock = tmp_path / "clock"
    write_offset(clock, "+0")
    server = start_with_store('[tokens]\nkeep_expired = "1 s"\n[audit]\nkeep = "1 day"\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("year", life="1 year")
    before = events(admin)
    server.stop()
    set_clock(server, clock)
    server.start()
    assert UNCONFIRMED not in server.log()
    write_offset(clock, step)
    eventually(lambda: UNCONFIRMED in server.log())
    write_offset(clock, "+0")
    eventually(lambda: server.accepts(token))
    assert before.items() <= events(admin).items()


def test_expired_tokens_are_purged_and_counted_in_the_log_when_the_clock_is_confirmed(start_with_store):
    server = start_with_store('[tokens]\nkeep_expired = "1 s"\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    admin.mint("short", life="1 s")
    eventually(lambda: admin.tokens() == {}, seconds=30)
    eventually(lambda: "event=purged tokens=1 audit_events=0" in server.log())
    assert UNCONFIRMED not in server.log()
