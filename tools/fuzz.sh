# SPDX-License-Identifier: MIT
# shellcheck shell=bash

# Runs a target for the given number of seconds, starting from its seeds and the corpus of earlier runs. 0 only replays
# those.
fuzz_one() {
    local seconds=$1 target=$2 directory=build/fuzz limit name
    name=${target##*/fuzz_}
    limit=-max_total_time=$seconds
    ((seconds > 0)) || limit=-runs=0
    mkdir -p "$directory/corpus/$name"
    rm -f "$directory/findings/$name"
    printf '==> fuzzing %s for %s s\n' "$name" "$seconds" >&2
    # New inputs are saved in the first directory; the seeds are only read.
    if ! "$target" "$limit" -timeout=10 -verbosity=0 -print_final_stats=1 -exact_artifact_path="$directory/findings/$name" \
        "$directory/corpus/$name" "fuzz/corpus/$name" >"$directory/logs/$name" 2>&1; then
        grep -v '^ *#' "$directory/logs/$name" >&2
        touch "$directory/findings/$name"
        return 1
    fi
}

# Prints why a target failed and the input, so that the output is enough to repeat it.
describe_finding() {
    local finding=$1 log=$2
    grep -aE '^(SUMMARY|This does not hold|==[0-9]+== ?ERROR)' "$log" | sed "s/^/${finding##*/}: /" >&2
    [[ ! -s $finding ]] || printf '%s: the input in Base64: %s\n' "${finding##*/}" "$(base64 -w0 "$finding")" >&2
}

fuzz_each_for() {
    local seconds=$1 directory=build/fuzz targets=build/asan/fuzz finding findings
    mkdir -p "$directory/findings" "$directory/logs"
    export -f fuzz_one
    if ! find "$targets" -maxdepth 1 -type f -executable -name 'fuzz_*' -print0 | sort -z |
        xargs -0 -P "$(nproc)" -I{} bash -c 'fuzz_one "$@"' _ "$seconds" {}; then
        findings=$(cd "$directory/findings" && printf '%s ' *)
        for finding in "$directory/findings"/*; do describe_finding "$finding" "$directory/logs/${finding##*/}"; done
        fail "these inputs fail; run the target of the same name on them, build/asan/fuzz/fuzz_NAME build/fuzz/findings/NAME: $findings"
    fi
}

run_fuzz() {
    local seconds=${1:-60}
    [[ $seconds != --seconds ]] || seconds=${2-}
    [[ $seconds =~ ^[0-9]+$ ]] || fail "fuzz takes a number of seconds"
    build_without_tests asan fuzz_targets
    fuzz_each_for "$((10#$seconds))"
}
