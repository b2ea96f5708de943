# SPDX-License-Identifier: MIT
# shellcheck shell=bash

configure() {
    local preset=$1
    shift
    local arguments=("$@")
    check_compiler
    if command -v ccache >/dev/null; then
        arguments+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    fi
    mkdir -p build
    step "configuring build/$preset"
    quietly "build/$preset.configure.log" cmake --preset "$preset" "${arguments[@]}" || fail "cmake could not configure build/$preset"
}

# On a terminal Ninja overwrites a single line; elsewhere it would print one line per file.
compile() {
    local preset=$1 quiet=()
    shift
    [[ -t 1 ]] || quiet=(-- --quiet)
    if [[ -e build/$preset/.ninja_log ]]; then
        step "building build/$preset"
    else
        step "building build/$preset for the first time: about four minutes on two cores, and twice that with the tests"
    fi
    # ccache needs this setting to cache precompiled headers.
    local cache=(CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime)
    # With these, a copy of the sources in another directory gets the same objects.
    [[ $preset != release ]] || cache+=("CCACHE_BASEDIR=$PWD" CCACHE_NOHASHDIR=1)
    env "${cache[@]}" cmake --build "build/$preset" "$@" "${quiet[@]}"
}

# Doesn't require the packages of the tests. A directory that was configured with tests keeps them.
build_without_tests() {
    local preset=$1 target=$2 arguments=()
    [[ -e build/$preset/CMakeCache.txt ]] || arguments=(-DWARDER_TESTS=OFF)
    need "to build" "${build_packages[@]}"
    [[ $preset != asan ]] || need "to compile with sanitizers" "${sanitizer_packages[@]}"
    configure "$preset" "${arguments[@]}"
    compile "$preset" --target "$target"
}

build_program() { build_without_tests "$1" warder; }

build_tests() {
    local preset=$1
    shift
    configure "$preset" -DWARDER_TESTS=ON
    compile "$preset" "$@"
}

sources() { find include src tests fuzz bench examples -name node_modules -prune -o \( -name '*.hpp' -o -name '*.cpp' \) -print0; }

run_lint() {
    need "to build" "${build_packages[@]}"
    need "to compile the tests" "${unit_packages[@]}"
    need "to check the sources" "${lint_packages[@]}"
    step "includes between rooms"
    "$python" tools/check_includes.py
    step "clang-format"
    sources | xargs -0 -r clang-format-19 --dry-run --Werror
    # Most of the time goes into parsing the headers of libraries, which joined sources share. clang-tidy looks for its
    # configuration next to the file that joins them.
    configure debug -B build/lint -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DWARDER_TESTS=ON -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=16
    cmake --build build/lint --target src/api/ui_files.cpp >/dev/null
    find src tests -name .clang-tidy -exec cp --parents -t build/lint {} +
    step "clang-tidy: this takes some minutes"
    # Filters out the number of warnings in other projects' headers, which are not shown.
    PYTHONUNBUFFERED=1 run-clang-tidy-19 -clang-tidy-binary clang-tidy-19 -quiet -p build/lint -j "$(nproc)" \
        -checks=-bugprone-suspicious-include "$PWD/(build/lint/)?(src|tests)/" |
        grep -vE '^$|^[0-9]+ warnings? generated\.$'
}

run_format() {
    need "to format" clang-format-19
    sources | xargs -0 -r clang-format-19 -i
}

run_bench() {
    need "to build" "${build_packages[@]}"
    need "to measure" "${bench_packages[@]}"
    configure bench
    compile bench
    exec "$python" bench/run.py "$@"
}

take_pictures() {
    build_program release
    need "to take the pictures" "${test_packages[@]}" "${browser_packages[@]}" "${picture_packages[@]}"
    "$python" docs/ui/make.py
}
