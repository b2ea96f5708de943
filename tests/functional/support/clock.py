# SPDX-License-Identifier: MIT
"""A wall clock of a server that a test sets, by libfaketime."""

import glob

(FAKETIME,) = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")


def set_clock(server, offset):
    """Shifts the wall clock, but not the monotonic clock, of the server from its next start on. `offset` may be a file that changes while the server runs."""
    for name in ("LD_PRELOAD", "FAKETIME", "FAKETIME_TIMESTAMP_FILE"):
        server.env.pop(name, None)
    if offset is not None:
        server.env.update(LD_PRELOAD=FAKETIME, FAKETIME_DONT_FAKE_MONOTONIC="1", FAKETIME_NO_CACHE="1", ASAN_OPTIONS="verify_asan_link_order=0")
        if hasattr(offset, "write_text"):
            server.env["FAKETIME_TIMESTAMP_FILE"] = str(offset)
        else:
            server.env["FAKETIME"] = offset


def write_offset(file, offset):
    """Replaces the file in one step: libfaketime ends a process that reads an empty one."""
    new = file.with_suffix(".new")
    new.write_text(offset + "\n")
    new.replace(file)
