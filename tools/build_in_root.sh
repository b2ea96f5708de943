#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compiles and packs in a root that tools/roots.sh made: build_in_root.sh ARCHITECTURE BUILD OUT
# WARDER_REVISION is the commit; tools/pack.sh needs more variables.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly architecture=$1 build=$2 out=$3
query() { dpkg-architecture -f -a"$architecture" -q"$1" 2>/dev/null; }

arguments=(-DWARDER_TESTS=OFF -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "-DCMAKE_INSTALL_LIBDIR=lib/$(query DEB_HOST_MULTIARCH)" "-DWARDER_REVISION=$WARDER_REVISION")
if [[ $architecture != $(dpkg --print-architecture) ]]; then
    # The program writes its manual pages itself, in the emulator.
    processor=$(query DEB_HOST_GNU_CPU)
    arguments+=(-DCMAKE_SYSTEM_NAME=Linux "-DCMAKE_SYSTEM_PROCESSOR=$processor" "-DCMAKE_CXX_COMPILER=$(query DEB_HOST_GNU_TYPE)-g++"
        "-DCMAKE_CROSSCOMPILING_EMULATOR=/usr/bin/qemu-$processor-static")
    PKG_CONFIG_LIBDIR=/usr/lib/$(query DEB_HOST_MULTIARCH)/pkgconfig:/usr/share/pkgconfig
    export PKG_CONFIG_LIBDIR
fi
export CCACHE_DIR=/ccache CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
cmake --preset release -B "$build" "${arguments[@]}"
cmake --build "$build" --target warder warder_library -- --quiet
tools/pack.sh "$PWD/$build" "$out" "$architecture"
