"""`python -m wom_sim` and the script `wom-sim`."""

from __future__ import annotations

import sys

from wom_sim.cli import main

if __name__ == "__main__":
    sys.exit(main())
