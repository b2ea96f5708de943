#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the unit tests of rooms, each room in a process of its own: run_units.sh BUILD REPORTS [ROOM]...
# A process for each test would take longer to start than most tests run. REPORTS is a path without the ends
# -ROOM.xml, which get the JUnit reports. Prints the output of rooms that fail.
set -euo pipefail

readonly build=$1 reports=$2
shift 2
rooms=("$@")
if ((${#rooms[@]} == 0)); then
    mapfile -t rooms < <(find "$build/tests/unit" -mindepth 2 -maxdepth 2 -type f -executable -name 'unit_*' -printf '%f\n' | sed 's/^unit_//' | sort)
fi

run_room() {
    local build=$1 report=$2-$3.xml output status=0
    rm -f "$report"
    output=$(timeout 600 "$build/tests/unit/$3/unit_$3" --gtest_brief=1 --gtest_output="xml:$report" 2>&1) || status=$?
    ((status == 0)) || printf '%s\nunit_%s: exit code %s\n' "$output" "$3" "$status" >&2
    if [[ ! -e $report ]]; then
        printf '<testsuites><testsuite name="unit_%s" tests="1" errors="1"><testcase name="unit_%s"><error message="exit code %s"/></testcase></testsuite></testsuites>' \
            "$3" "$3" "$status" >"$report"
        status=1
    fi
    return "$status"
}
export -f run_room

# Many tests wait, so there are more processes than cores.
printf '%s\n' "${rooms[@]}" | xargs -P "$(($(nproc) * 2))" -I{} bash -c 'run_room "$@"' _ "$build" "$reports" {}
