"""Libraries of the extra ``sharing``: asked for by name before anything is written."""

from __future__ import annotations

import importlib.util

from forecasting.sharing.limits import PackageError


def has(library: str) -> bool:
    """Tell whether an optional library is installed."""
    return importlib.util.find_spec(library) is not None


def needed(library: str, purpose: str, otherwise: str = "") -> None:
    """Raise if an optional library is missing.

    Parameters
    ----------
    library : str
    purpose : str
        What it is for, as the subject of the message.
    otherwise : str
        What to do without it.

    Raises
    ------
    PackageError
        With the command that installs it.

    Examples
    --------
    >>> needed("numpy", "sums")

    """
    if not has(library):
        msg = (
            f"{purpose} need {library}: pip install 'safepassage[sharing]'."
            f"{f' Or {otherwise}.' if otherwise else ''} Nothing was written."
        )
        raise PackageError(msg)
