#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks that a binary works: smoke.sh BINARY starts it, mints a token and uses it.
set -euo pipefail

binary=$(readlink -f "$1")
work=$(mktemp -d)
cd "$work"
end() {
    kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
mkfifo output
WARDER_ADMIN_PASSWORD="correct horse battery staple" "$binary" serve --data-dir data --listen 127.0.0.1:0 >output 2>log &
server=$!
trap end EXIT
read -r line <output || { cat log >&2; exit 1; }
url=${line##* }

status() { curl -s -o answer -w '%{http_code}' "$@"; }
expect() {
    [[ $1 == "$2" ]] || { printf 'smoke: %s: status %s instead of %s: %s\n' "$3" "$2" "$1" "$(cat answer)" >&2; exit 1; }
}

expect 201 "$(status -u "admin:correct horse battery staple" -d '{"jwt_token_description":"smoke","jwt_token_life":"6 minutes"}' "$url/v1alpha/token/")" "minting"
token=$(sed -n 's/.*"jwt_token": *"\([^"]*\)".*/\1/p' answer)
expect 200 "$(status -H "Authorization: Bearer $token" "$url/v1alpha/whoami")" "a token"
expect 401 "$(status -H "Authorization: Bearer ${token}x" "$url/v1alpha/whoami")" "a changed token"
kill "$server"
wait "$server"
printf 'smoke: %s serves\n' "$binary"
