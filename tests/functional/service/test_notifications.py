# SPDX-License-Identifier: MIT
"""The server tells its service manager when it is ready, reloads, stops, and that it responds (sd_notify)."""

import ctypes
import os
import signal
import time
from pathlib import Path

import pytest
from support.server import ADMIN_PASSWORD, IS_SANITIZED, clean_environment, run_binary
from support.service_manager import ServiceManager
from support.waiting import eventually

WATCHDOG_SECONDS = 2
EPOLL_WAIT = {"22", "232", "281"}  # epoll_pwait on arm64; epoll_wait and epoll_pwait on x86-64


@pytest.fixture
def manager(tmp_path):
    manager = ServiceManager(tmp_path / "notify")
    yield manager
    manager.close()


@pytest.fixture
def start_service(manager, start_server):
    def start(**environment):
        return start_server(env={"NOTIFY_SOCKET": manager.address, **environment})

    return start


def test_server_notifies_ready_when_it_answers(manager, start_service):
    server = start_service()
    assert manager.next("READY") == {"READY": "1"}
    assert server.get("/healthz/readyness").status_code == 200
    assert manager.drain() == []


def test_server_notifies_ready_at_an_abstract_address(start_server):
    manager = ServiceManager(f"@warder-test-{os.getpid()}-{time.monotonic_ns()}")
    start_server(env={"NOTIFY_SOCKET": manager.address})
    manager.next("READY")
    manager.close()


def test_server_that_fails_to_start_does_not_notify_ready(manager, tmp_path):
    environment = clean_environment(NOTIFY_SOCKET=manager.address, WARDER_STORE="sqlite:/nowhere/at/all.db")
    assert run_binary("serve", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0", env=environment, stdin=None).returncode == 1
    assert manager.drain() == []


def test_sighup_notifies_reloading_with_the_monotonic_time_and_then_ready(manager, start_service):
    server = start_service()
    manager.next("READY")
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    server.process.send_signal(signal.SIGHUP)
    reloading = manager.next("RELOADING")
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert reloading["RELOADING"] == "1" and before <= int(reloading["MONOTONIC_USEC"]) <= after
    assert manager.next("READY") == {"READY": "1"}
    assert "event=reloaded" in server.log()


def test_reload_of_an_invalid_configuration_ends_with_ready(manager, start_server, tmp_path):
    server = start_server(config_text="threads = 1\n", env={"NOTIFY_SOCKET": manager.address})
    manager.next("READY")
    server.config.write_text("threads = -1\n")
    server.process.send_signal(signal.SIGHUP)
    manager.next("RELOADING")
    manager.next("READY")
    assert "event=configuration_not_reloaded" in server.log()


def test_sigterm_notifies_stopping_while_requests_are_still_answered(manager, start_service):
    server = start_service(WARDER_DRAIN_DELAY="1.5 s")
    manager.next("READY")
    server.terminate()
    assert manager.next("STOPPING") == {"STOPPING": "1"}
    assert server.get("/healthz/liveness").status_code == 200


def test_watchdog_is_notified_within_the_interval_also_during_the_drain(manager, start_service):
    server = start_service(WATCHDOG_USEC=str(WATCHDOG_SECONDS * 1_000_000), WARDER_DRAIN_DELAY="2 s")
    previous = manager.next("READY").received
    for _ in range(4):
        received = manager.next("WATCHDOG", WATCHDOG_SECONDS).received
        assert received - previous < WATCHDOG_SECONDS
        previous = received
    server.terminate()
    manager.next("STOPPING")
    manager.next("WATCHDOG", WATCHDOG_SECONDS)


def test_watchdog_of_another_process_is_not_notified(manager, start_service):
    server = start_service(WATCHDOG_USEC="100000", WATCHDOG_PID=str(os.getpid()))
    manager.next("READY")
    server.person("admin", ADMIN_PASSWORD).mint("takes longer than the interval")
    server.stop()
    assert [sorted(notification) for notification in manager.drain()] == [["STOPPING"]]


def io_threads(pid):
    """Returns the ids of the threads that wait for sockets."""
    tasks = Path(f"/proc/{pid}/task")
    return [int(task.name) for task in tasks.iterdir() if (task / "syscall").read_text().split()[0] in EPOLL_WAIT]


def freeze(thread):
    """Stops one thread until this process ends its trace of it."""
    libc = ctypes.CDLL(None, use_errno=True)
    seize, interrupt, wait_for_clone = 0x4206, 0x4207, 0x40000000
    assert libc.ptrace(ctypes.c_long(seize), thread, None, None) == 0, os.strerror(ctypes.get_errno())
    assert libc.ptrace(ctypes.c_long(interrupt), thread, None, None) == 0
    os.waitpid(thread, wait_for_clone)
    return lambda: libc.ptrace(ctypes.c_long(17), thread, None, None)  # PTRACE_DETACH


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may stop a thread of a process that can't be dumped")
@pytest.mark.skipif(IS_SANITIZED, reason="sanitizers have threads and system calls of their own")
def test_watchdog_is_not_notified_while_one_thread_hangs(manager, start_service):
    server = start_service(WATCHDOG_USEC=str(WATCHDOG_SECONDS * 1_000_000), WARDER_THREADS="2")
    manager.next("READY")
    manager.next("WATCHDOG")
    threads = eventually(lambda: waiting if len(waiting := io_threads(server.process.pid)) == 2 else None)
    thaw = freeze(threads[0])
    try:
        with pytest.raises(AssertionError, match="no WATCHDOG"):
            while True:  # those that were due before the server counts as hanging
                manager.next("WATCHDOG", WATCHDOG_SECONDS)
    finally:
        thaw()
    manager.next("WATCHDOG", WATCHDOG_SECONDS)


def test_server_starts_with_a_warning_if_nobody_listens_on_the_notification_socket(start_server, tmp_path):
    server = start_server(env={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    eventually(lambda: "event=service_not_notified" in server.log())
    (line,) = [line for line in server.log().splitlines() if "event=service_not_notified" in line]
    assert "READY=1" in line and "nobody" in line
