"""For all tests: nothing is kept between runs; modules of an absent optional group are left out."""

import importlib.util
import os
import sys
from pathlib import Path

os.environ["SAFEPASSAGE_CACHE"] = "off"
sys.path.append(str(Path(__file__).parent / "docs" / "_ext"))  # its modules import each other

collect_ignore = [] if importlib.util.find_spec("starlette") else ["scenarios/app"]
