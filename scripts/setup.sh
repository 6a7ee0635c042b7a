#!/bin/sh
# Makes both environments from uv.lock: .venv (the service, Python >= 3.12) and .venv-bot (Rasa, Python 3.10).
# `setup.sh scan` makes .venv-scan as well, the scanner of the code. Does nothing, quickly, when nothing changed. Needs some python3 >= 3.8 to get uv, or uv itself.
set -eu
cd "$(dirname "$0")/.."

export RASA_TELEMETRY_ENABLED=false
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH || true

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "✗ $*"
    exit 1
}

# What the environments were made from. A moved folder counts: the programs in an environment hold its path.
wanted="$(cat uv.lock pyproject.toml scripts/setup.sh | cksum) $(pwd -P)"

fresh() { # environment
    [ -x "$1/bin/python" ] && [ -f "$1/.made-from" ] && [ "$(cat "$1/.made-from")" = "$wanted" ]
}

if fresh .venv && fresh .venv-bot && { [ "${1:-}" != scan ] || fresh .venv-scan; }; then
    exit 0
fi

# Whether an interpreter works and lies between two versions (3.12 3.13); prints its real path. Found ones are run, not
# trusted: a version manager's shim may exist and fail, and a build may lack ssl.
checked() { # interpreter lowest highest
    "$1" -c '
import sys
low, high = (tuple(map(int, v.split("."))) for v in sys.argv[1:])
if not low <= sys.version_info[:2] <= high:
    sys.exit(1)
import ctypes, sqlite3, ssl, zlib
print(getattr(sys, "_base_executable", None) or sys.executable)
' "$2" "$3" 2>/dev/null
}

# The first working interpreter between two versions: on PATH, else among pyenv's versions.
find_python() { # lowest highest names...
    lowest=$1
    highest=$2
    shift 2
    for name in "$@"; do
        if command -v "$name" >/dev/null 2>&1 && checked "$name" "$lowest" "$highest"; then
            return 0
        fi
    done
    for name in "$@"; do
        for candidate in "${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}/versions/${name#python}"*/bin/python; do
            if [ -x "$candidate" ] && checked "$candidate" "$lowest" "$highest"; then
                return 0
            fi
        done
    done
    return 1
}

uv_works() { # uv
    version="$("$1" --version 2>/dev/null)" || return 1
    version=${version#uv }
    minor=${version#*.}
    [ "${version%%.*}" -gt 0 ] || [ "${minor%%.*}" -ge 8 ]
}

# uv: the one on PATH, else our own in var/tools (never installed into anybody's Python).
find_uv() {
    for candidate in uv var/tools/uv/bin/uv "${HOME:-/nonexistent}/.local/bin/uv"; do
        if command -v "$candidate" >/dev/null 2>&1 && uv_works "$candidate"; then
            uv=$candidate
            return 0
        fi
    done
    base="$(find_python 3.8 3.99 python3 python3.13 python3.12 python3.11 python3.10 python)" ||
        fail "Python 3.8以上が見つかりません。python3 か uv (https://docs.astral.sh/uv/) を入れてください。/ no python3 found"
    say "… uvを用意しています / installing uv into var/tools"
    rm -rf var/tools/uv
    mkdir -p var/tools
    "$base" -m venv var/tools/uv >&2 ||
        fail "仮想環境を作れません ($base)。python3-venv を入れるか、uv を入れてください。/ install python3-venv, or uv"
    var/tools/uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8' >&2 ||
        fail "uvを取得できません。ネットワークを確かめるか、uv を入れてください。/ could not get uv"
    uv=var/tools/uv/bin/uv
}

# One environment: an interpreter that is here is handed over by path, otherwise uv downloads one.
sync() { # environment title version interpreter uv-arguments...
    environment=$1
    title=$2
    version=$3
    interpreter=$4
    shift 4
    if fresh "$environment"; then
        return 0
    fi
    say "… $title ($environment, Python ${interpreter:-$version を取得})"
    started=$(date +%s)
    rm -f "$environment/.made-from"
    if ! UV_PROJECT_ENVIRONMENT="$environment" "$uv" sync --frozen --compile-bytecode --python "${interpreter:-$version}" "$@" >&2; then
        if [ -z "$interpreter" ]; then
            fail "Python $version が見つからず、取得もできません。Python $version を入れてください (例: pyenv install $version)。"
        fi
        fail "$title を作れません。上の uv の出力を見てください。/ uv sync failed for $environment"
    fi
    printf '%s\n' "$wanted" >"$environment/.made-from"
    say "✓ $title ($(($(date +%s) - started)) s)"
}

find_uv
service_python="$(find_python 3.12 3.13 python3.12 python3.13 python3)" || service_python=
bot_python="$(find_python 3.10 3.10 python3.10 python3)" || bot_python=
sync .venv "サービスの環境 / service environment" 3.12 "$service_python"
sync .venv-bot "Rasaの環境 / Rasa environment" 3.10 "$bot_python" --no-default-groups --group bot --group bot-dev
if [ "${1:-}" = scan ]; then
    sync .venv-scan "検査の道具 / code scanner" 3.12 "$service_python" --only-group scan --no-install-project
fi
