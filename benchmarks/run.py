"""Measure the gateway against the simulator, each a process of its own: `make bench`, or `make bench ARGS=--quick`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.suite import main

if __name__ == "__main__":
    main()
