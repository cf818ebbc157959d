"""Versions of everything that makes the numbers."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Final

import scenarios

LIBRARIES: Final = ("numpy", "pandas", "scipy", "simpy", "statsmodels", "xarray")
"""Libraries whose versions are recorded with every run."""


def versions() -> dict[str, str]:
    """Versions of this package, Python and the libraries that make the numbers."""
    return {
        "safepassage": scenarios.__version__,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in LIBRARIES},
    }
