"""The local PCS as a program: python3 tests/pcs."""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from pcs import main  # noqa: E402 (found by the line above)

main()
