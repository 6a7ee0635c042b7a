#!/bin/sh
# Makes sure that there is a Chromium for the browser tests: the one on PATH, else Debian's when we are root.
set -eu

found() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" >/dev/null 2>&1; then
            return 0
        fi
    done
    return 1
}

if found; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    printf '%s\n' '… Chromiumを入れています (画面の試験用) / installing Chromium for the browser tests' >&2
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get update -q && apt-get install -q -y --no-install-recommends chromium fonts-noto-cjk; } >/dev/null 2>&1; then
        if found; then
            exit 0
        fi
    fi
fi
printf '%s\n' '✗ Chromiumがありません。chromium (または google-chrome) を入れてから、もう一度実行してください。例: sudo apt-get install chromium / Chromium is missing' >&2
exit 1
