#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that includes between the rooms of src/ point inward: check_includes.py [ROOT]

CMake can't: all targets share src/ as include directory, so a wrong include of a header without a source compiles and links.
"""

import pathlib
import re
import sys

# From the innermost room to the outermost. Rooms in the same list are siblings, which must not include each other.
LAYERS = [
    ["core/text"],
    ["core"],
    ["crypto", "files", "log", "metrics", "concurrent"],
    ["index"],
    ["authority", "authority/sign_in"],
    ["store/common"],
    ["store/sqlite", "store/users_json", "store/postgres"],
    ["runtime"],
    ["http"],
    ["net"],
    ["auth"],
    ["api", "gateway/routes"],
    ["gateway/heads"],
    ["gateway/upstream"],
    ["gateway"],
    ["server"],
    ["cli"],
    ["app/config"],
    ["app"],
]
LAYER_OF = {room: number for number, layer in enumerate(LAYERS) for room in layer}

# Stricter than the order: everything that the room may include besides itself.
ONLY = {"http": {"core/text", "core", "crypto"}}
# Neither of two surfaces includes the other.
NEVER = {"gateway": "api", "gateway/heads": "api", "gateway/upstream": "api"}
# Only these rooms and those outside of them use sockets.
FIRST_WITH_ASIO = LAYER_OF["net"]
WITHOUT_ASIO = {"auth", "gateway/routes", "gateway/heads", "app/config"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def room_of(path):
    """The longest known directory that the path lies in; None for a public header."""
    parts = path.parts[:-1]
    if parts[0] == "warder":
        return None
    for length in range(len(parts), 0, -1):
        room = "/".join(parts[:length])
        if room in LAYER_OF:
            return room
    raise SystemExit(f"check_includes: {path}: the directory is not in LAYERS")


def problem_of(room, quoted, target):
    if not quoted:
        sees_asio = target.startswith(("boost/asio", "boost/beast"))
        if sees_asio and (room is None or LAYER_OF[room] < FIRST_WITH_ASIO or room in WITHOUT_ASIO):
            return "this room has no sockets"
        return None
    other = room_of(pathlib.PurePath(target))
    if other is None or other == room:
        return None
    if room is None:
        return "public headers include public headers alone"
    if room in ONLY and other not in ONLY[room]:
        return f"{room} includes {', '.join(sorted(ONLY[room]))} alone"
    if NEVER.get(room) == other:
        return f"{room} does not include {other}"
    if LAYER_OF[other] > LAYER_OF[room]:
        return f"{other} lies outside of {room}"
    if LAYER_OF[other] == LAYER_OF[room]:
        return f"{other} and {room} are siblings"
    return None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    problems = []
    for base in (root / "include", root / "src"):
        for file in sorted([*base.rglob("*.hpp"), *base.rglob("*.cpp")]):
            room = room_of(file.relative_to(base))
            for number, line in enumerate(file.read_text().splitlines(), 1):
                include = INCLUDE.match(line)
                problem = include and problem_of(room, include[1] == '"', include[2])
                if problem:
                    problems.append(f"{file.relative_to(root)}:{number}: {line.strip()}: {problem}")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
