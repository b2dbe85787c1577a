"""Fuzz a gateway of our own for long: `make fuzz`, or `make fuzz ARGS="--cases 500 --seed 7"`."""

import argparse
import logging
import secrets
import sys
import tempfile
import time
from pathlib import Path

import structlog
from tests.fuzz.fuzzing import Fuzzer
from tests.fuzz.served import served


def main() -> int:
    """Send the requests, print what came out, and give 1 when a rule was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="how many requests")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**31), help="what decides them; random if absent"
    )
    asked = parser.parse_args()
    print(f"{asked.cases} requests, seed {asked.seed}", flush=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as url:
        found = Fuzzer(url).run(asked.cases, asked.seed)
    for (label, status), number in sorted(found.answers.items()):
        print(f"{number:>7}  {status}  {label}")
    print(f"{found.sent} requests in {time.monotonic() - began:.0f} s, {len(found.broken)} rules broken")
    if found.broken:
        print(f"\n{found.report()}\n\nThe same again: --cases {asked.cases} --seed {asked.seed}")
    return 1 if found.broken else 0


if __name__ == "__main__":
    sys.exit(main())
