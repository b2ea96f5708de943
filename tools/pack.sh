#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the Debian packages of a finished build for this system's release: pack.sh BUILD OUT [ARCHITECTURE]
# SOURCE_DATE_EPOCH, WARDER_VERSION and WARDER_BOOST (the package of Boost.JSON) must be set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly build=$1 out=$2
readonly python=/usr/bin/python3
architecture=${3-$(dpkg --print-architecture)}
number=$(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' /etc/os-release)
readonly version=$WARDER_VERSION-1+deb$number

rm -rf "$out"
mkdir -p "$out/work"
cp -a packaging/debian "$out/work/debian"
cp packaging/warder.service "$out/work/debian/warder.service"
"$python" packaging/make_config.py docs/reference/configuration.md >"$out/work/debian/warder.toml"
"$python" packaging/make_sbom.py "$build" "$WARDER_VERSION" "$architecture" >"$out/work/debian/sbom.spdx.json"
cat >"$out/work/debian/changelog" <<TEXT
warder ($version) unstable; urgency=medium

  * Version $WARDER_VERSION; changelog.gz says what is new.

 -- The Warder authors <maintainers@warder.invalid>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT
export WARDER_SOURCE=$PWD WARDER_BUILD=$build
# The modes of the packed files must not depend on the caller.
umask 022
(cd "$out/work" && dpkg-architecture -f -a"$architecture" -c debian/rules binary)
rm -rf "$out/work"
