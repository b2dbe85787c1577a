"""Take every row of the catalogue from request to artifact: `make conformance`. See CONTRIBUTING.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.conformance.suite import main

if __name__ == "__main__":
    sys.exit(main())
