"""For all tests: nothing is kept between runs; modules of an absent optional group are left out."""

import importlib.util
import os

os.environ["SAFEPASSAGE_CACHE"] = "off"

collect_ignore = [] if importlib.util.find_spec("starlette") else ["scenarios/app"]
