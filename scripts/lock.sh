#!/bin/sh
# Writes requirements.lock and the lock of LiteLLM's tests: every package for every platform, pinned and hashed, without
# any address. Keeps the versions it finds in the files unless UPGRADE=1.
set -eu
cd "$(dirname "$0")/.."

uv=$(command -v uv || command -v "$PWD/.venv/bin/uv") || {
    printf '%s\n' "make lock needs uv: .venv/bin/python -m pip install uv" >&2
    exit 1
}

python=.venv/bin/python
[ -x "$python" ] || python=python3

compile() {
    "$uv" pip compile "$@" --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" ${UPGRADE:+--upgrade}
}

# The build backend is locked as well, so that the package is built from nothing unknown.
"$python" - <<'PY' |
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
print(*project["build-system"]["requires"], "editables", sep="\n")
PY
    compile - pyproject.toml --extra dev --output-file requirements.lock

# A client of the tests whose dependencies do not go together with ours.
compile tests/clients/litellm/requirements.in --output-file tests/clients/litellm/requirements.lock

if grep -n '://' requirements.lock tests/clients/litellm/requirements.lock; then
    printf '%s\n' "a lock carries an address (above); it must not" >&2
    exit 1
fi
