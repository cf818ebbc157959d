"""For all tests: nothing is kept between runs; modules of an absent optional group are left out.

Scores of past forecasts are made once in a run of the tests and kept in a folder of that run alone;
they are equal to scores made anew, which the tests of forecasts hold.

As many tests run at once as there are processors, so each calculates with one thread: more of them
only wait for each other. Generated cases are the same ones in every run.
"""

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy is loaded
if "PYTEST_XDIST_WORKER" not in os.environ:  # workers share the folder of who started them
    os.environ["SAFEPASSAGE_CACHE"] = tempfile.mkdtemp(prefix="safepassage-tests-")
    atexit.register(shutil.rmtree, os.environ["SAFEPASSAGE_CACHE"], ignore_errors=True)
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")
sys.path.append(str(Path(__file__).parent / "docs" / "_ext"))  # its modules import each other


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, so that no processor is left alone with one at the end."""

    def minutes(item: pytest.Item) -> float:
        mark = item.get_closest_marker("slow")
        return float(mark.kwargs.get("minutes", 0)) if mark else 0.0

    items.sort(key=minutes, reverse=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Take the tracing of coverage away from tests that only repeat what others cover.

    The mark ``no_cover`` of pytest-cov does nothing in a worker of pytest-xdist, which starts a
    second coverage below the one that is paused.
    """
    tracing = sys.gettrace() if item.get_closest_marker("untraced") else None
    if tracing is not None:
        sys.settrace(None)
    try:
        return (yield)
    finally:
        if tracing is not None:
            sys.settrace(tracing)


collect_ignore = [] if importlib.util.find_spec("starlette") else ["scenarios/app"]
