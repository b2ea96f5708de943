# SPDX-License-Identifier: MIT
# shellcheck shell=bash

# Runs a target for the given number of seconds, starting from its seeds and the corpus of earlier runs. 0 only replays
# those.
fuzz_one() {
    local seconds=$1 target=$2 folder=build/fuzz limit name
    name=${target##*/fuzz_}
    limit=-max_total_time=$seconds
    ((seconds > 0)) || limit=-runs=0
    mkdir -p "$folder/corpus/$name"
    rm -f "$folder/findings/$name"
    printf '==> fuzzing %s for %s s\n' "$name" "$seconds" >&2
    # New inputs are saved in the first directory; the seeds are only read.
    if ! "$target" "$limit" -timeout=10 -verbosity=0 -print_final_stats=1 -exact_artifact_path="$folder/findings/$name" \
        "$folder/corpus/$name" "fuzz/corpus/$name" >"$folder/logs/$name" 2>&1; then
        grep -v '^ *#' "$folder/logs/$name" >&2
        touch "$folder/findings/$name"
        return 1
    fi
}

fuzz_each_for() {
    local seconds=$1 folder=build/fuzz targets=build/asan/fuzz findings
    mkdir -p "$folder/findings" "$folder/logs"
    export -f fuzz_one
    if ! find "$targets" -maxdepth 1 -type f -executable -name 'fuzz_*' -print0 | sort -z |
        xargs -0 -P "$(nproc)" -I{} bash -c 'fuzz_one "$@"' _ "$seconds" {}; then
        findings=$(cd "$folder/findings" && printf '%s ' *)
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
