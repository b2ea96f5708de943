# SPDX-License-Identifier: MIT
# shellcheck shell=bash

readonly reports=build/reports
readonly npm_upstreams=(tests/functional/upstreams tests/functional/upstreams/mcp tests/functional/openapi)
failed=()
without_report=0

phase_failed() { failed+=("$1"); }

# Records the failure of a phase that leaves no report. It counts as one failed test.
bare_phase_failed() {
    failed+=("$1")
    without_report=$((without_report + 1))
}

# Runs a command with its temporary files in memory if there is space. On a disk, most of the time in which a server
# starts goes into fsync.
with_files_in_memory() (
    available=$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)
    if ((${available:-0} >= 2000000)); then
        # Short, because the path of a socket has at most 107 bytes.
        TMPDIR=$(mktemp -d /dev/shm/wt.XXXX)
        export TMPDIR
        chmod 755 "$TMPDIR"  # some servers change their user
        trap 'rm -rf "$TMPDIR"' EXIT
    fi
    "$@"
)

run_units() {
    local preset=$1
    shift
    step "unit tests, $preset"
    with_files_in_memory tools/run_units.sh "build/$preset" "$reports/unit-$preset" "$@"
}

# There are more workers than cores, because most tests wait for a server. The tests of one file share a worker, and
# with it what is slow to start. On a loaded machine, a test can miss a deadline of its own, so tests that failed run
# once more, one at a time. The phase fails if one fails again; the summary names the others.
run_functional() {
    local preset=$1 name=$2 report
    report=$reports/functional-$name-$preset
    shift 2
    step "functional tests, $name, $preset"
    run_pytest "$preset" "$report" -n "$(($(nproc) * 3))" --dist loadfile "$@" && return
    [[ ! -e $report.xml.undescribed ]] || return 1  # a response that /openapi.json does not describe
    have_few_failed "$report.xml" || return 1
    step "functional tests that failed, once more, one at a time"
    run_pytest "$preset" "$report-again" --last-failed --last-failed-no-failures=none "$@"
}

# Many failures have a cause that a second run would not change.
have_few_failed() {
    local failures
    [[ -e $1 ]] || return 1
    failures=$(grep -oE '<(failure|error) ' "$1" | wc -l)
    ((failures > 0 && failures <= 10))
}

run_pytest() {
    local preset=$1 report=$2
    shift 2
    WARDER_BIN="$PWD/build/$preset/warder" with_files_in_memory "$python" -m pytest -q --junitxml="$report.xml" -o junit_suite_name="${report##*/}" "$@"
}

test_release() {
    if build_tests release; then
        run_units release || phase_failed "units, release"
        run_functional release all tests/functional --ignore=tests/functional/browser "${left_out[@]}" -m "$selected" || phase_failed "functional, release"
    else
        bare_phase_failed "build, release"
    fi
}

test_browser() {
    run_functional release browser tests/functional/browser -m "$selected" || phase_failed "browser, release"
}

# Runs everything that reads untrusted bytes, in unit tests and with the real binary. The release build already tests
# what proxies, other programs and the command line do with the responses.
test_asan() {
    # Without it, clang's reports name no function.
    local -x ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
    local hostile=(api audit decision gateway grants http sessions store)
    if build_tests asan; then
        run_units asan || phase_failed "units, asan"
        run_functional asan hostile "${hostile[@]/#/tests/functional/}" -m "$selected and not bare" || phase_failed "functional, asan"
    else
        bare_phase_failed "build, asan"
    fi
}

# Runs the tests in which threads interact: many clients at once, streams that are ended by requests on other threads,
# and decisions.
test_tsan() {
    local threaded=(concurrent metrics index authority store runtime net auth api server gateway app) targets=(--target warder) what
    local meeting=(tests/functional/api/test_races.py tests/functional/decision tests/functional/gateway)
    for what in "${threaded[@]}"; do targets+=(--target "unit_$what"); done
    ((is_long == 0)) || meeting=(tests/functional --ignore=tests/functional/browser)
    if build_tests tsan "${targets[@]}"; then
        run_units tsan "${threaded[@]}" || phase_failed "units, tsan"
        run_functional tsan threads "${meeting[@]}" -m "$selected and not bare" || phase_failed "functional, tsan"
    else
        bare_phase_failed "build, tsan"
    fi
}

# Ten seconds per target find what is broken close to the seeds; ./dev fuzz searches further.
test_parsers() {
    local -x ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
    if compile asan --target fuzz_targets; then
        (fuzz_each_for "$((is_long ? 60 : 10))") || bare_phase_failed "fuzz"
    else
        bare_phase_failed "build, fuzz"
    fi
}

# Runs a phase and records how long it took.
timed() {
    local name=$1 begin=$SECONDS
    shift
    "$@"
    times+=("$(printf '%-24s %4d s' "$name" "$((SECONDS - begin))")")
}

run_tests() {
    local is_all=0 is_long=0 selected="not long" left_out=() times=() what
    for what in "$@"; do
        case $what in
            --all) is_all=1 ;;
            --long) is_all=1 is_long=1 selected="long or not long" ;;
            *) fail "test takes --all, --long or nothing" ;;
        esac
    done
    # How long the nodes of a cluster are disturbed.
    local -x WARDER_CHECKER_SECONDS=${WARDER_CHECKER_SECONDS:-$((is_long ? 180 : is_all ? 60 : 20))}
    need "to build" "${build_packages[@]}"
    need "to test" "${test_packages[@]}"
    if is_offered "${electrum_packages[0]}"; then
        need "to test with a real wallet" "${electrum_packages[@]}"
    else
        step "this distribution has no Electrum: tests/functional/upstreams/test_electrum.py does not run"
        left_out=(--ignore=tests/functional/upstreams/test_electrum.py)
    fi
    need_npm_modules "${npm_upstreams[@]}"
    if ((is_all)); then
        is_offered "${browser_packages[0]}" || fail "this distribution has no package of Chromium: run ./dev test --all on Debian"
        need "to test the web page" "${browser_packages[@]}"
        need "to compile with sanitizers" "${sanitizer_packages[@]}"
        need "to test on Debian 13" "${root_packages[@]}"
        need "to make and test packages" "${package_packages[@]}" "${package_test_packages[@]}"
        ((is_long == 0)) || need "to run programs for another architecture" "${emulator_packages[@]}"
        need_npm_modules tests/functional/browser
    fi
    rm -rf "$reports"
    mkdir -p "$reports"

    timed "release" test_release
    if ((is_all)); then
        timed "browser" test_browser
        timed "ASan and UBSan" test_asan
        timed "TSan" test_tsan
        timed "fuzz" test_parsers
        timed "packages" test_packages
        timed "root of Debian 13" make_other_root || true
        timed "Debian 13" test_on_debian_13
        ((is_long == 0)) || timed "other packages" test_other_packages
    fi
    for what in "${times[@]}"; do step "$what"; done
    for what in "${failed[@]}"; do step "FAILED: $what"; done
    "$python" tools/count_tests.py "$without_report" "$reports"/*.xml
    ((${#failed[@]} == 0))
}
