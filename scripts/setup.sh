#!/bin/sh
# Makes .venv from requirements.lock and installs this package into it; quick when nothing changed.
# `setup.sh runtime` is content with what runs, from requirements.runtime.lock: the same versions, half the packages.
# Needs only Python 3.11 or newer; pip's own configuration decides where packages come from.
# DREAMBRIDGE_PYTHON names the interpreter to use.
set -eu
cd "$(dirname "$0")/.."
stamp=.venv/.setup-stamp
kind=${1:-all}
lock=requirements.lock
[ "$kind" = all ] || lock=requirements.runtime.lock

say() { printf '%s\n' "$*" >&2; }

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

complete() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

find_python() {
    incomplete=
    for candidate in ${DREAMBRIDGE_PYTHON:-python3.13 python3.12 python3.11 python3.14 python3 python}; do
        if fits "$candidate" && complete "$candidate"; then
            printf '%s\n' "$candidate"
            return
        elif fits "$candidate"; then
            incomplete=${incomplete:-$candidate}
        fi
    done
    if [ -n "$incomplete" ]; then
        version=$("$incomplete" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "$incomplete cannot make virtual environments: its venv module is not complete."
        say "Debian and Ubuntu: apt install python$version-venv"
        exit 1
    fi
    say "Dreambridge needs Python 3.11 or newer and found none."
    say "Install one (Debian and Ubuntu: apt install python3 python3-venv), or name it: DREAMBRIDGE_PYTHON=/path/to/python3 make setup"
    exit 1
}

# What the environment was made from. The folder is part of it: the commands in .venv/bin carry its path.
wanted() {
    printf '%s\n%s\n' "$PWD" "$1"
    cksum requirements.lock requirements.runtime.lock pyproject.toml
}

# Whoever has everything has what runs.
is_there() {
    [ "$(cat "$stamp")" = "$(wanted all)" ] || [ "$(cat "$stamp")" = "$(wanted "$kind")" ]
}

make_venv() {
    python=$(find_python)
    say "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

# uv does not read pip's configuration: where pip was told of an index, only pip knows where to look.
uv_may_serve() {
    command -v uv >/dev/null 2>&1 || return 1
    [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}${UV_INDEX:-}" ] || return 0
    ! .venv/bin/python -m pip config list 2>/dev/null | grep -Eq '\.(index-url|extra-index-url|no-index|find-links)='
}

install_locked() {
    say "Installing the locked packages ($(grep -c '^[a-z].*==' "$lock")); the first time takes a minute or two"
    if uv_may_serve && uv pip install --python .venv/bin/python --require-hashes -r "$lock"; then
        return
    fi
    .venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r "$lock" >&2
}

if [ -f "$stamp" ] && fits .venv/bin/python; then
    if is_there; then
        exit 0
    fi
    if [ "$(head -n 1 "$stamp")" != "$PWD" ]; then
        say "This folder was moved: making .venv again"
        make_venv
    fi
elif ! fits .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    make_venv
fi

rm -f "$stamp"
install_locked
say "Installing dreambridge"
.venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
wanted "$kind" >"$stamp"
say "Ready: .venv/bin/dreambridge"
