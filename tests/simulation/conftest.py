"""The small networks of the simulation tests are built beside this file."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
