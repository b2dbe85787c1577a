#!/bin/sh
# Writes requirements.lock, of it what an image needs (requirements.runtime.lock), and the locks of tests that have
# packages of their own: every package for every platform, pinned and hashed, without any address. Keeps the versions it
# finds in the files unless UPGRADE=1.
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
build_backend() {
    "$python" - <<'PY'
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
print(*project["build-system"]["requires"], sep="\n")
PY
}
backend="$(build_backend)
editables"
printf '%s\n' "$backend" | compile - pyproject.toml --extra dev --output-file requirements.lock

# What runs, without what develops: the same versions.
printf '%s\n' "$backend" | compile - pyproject.toml --constraints requirements.lock --output-file requirements.runtime.lock

# A client of the tests whose dependencies do not go together with ours, and programs that check what is deployed.
own="tests/clients/litellm tests/deploy"
for folder in $own; do
    compile "$folder/requirements.in" --output-file "$folder/requirements.lock"
done

# shellcheck disable=SC2046
if grep -n '://' requirements.lock requirements.runtime.lock $(printf '%s/requirements.lock ' $own); then
    printf '%s\n' "a lock carries an address (above); it must not" >&2
    exit 1
fi
