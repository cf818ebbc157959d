"""What changed between two versions, and how issued forecasts did against what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from forecasting.flows import FlowError, check_flows
from forecasting.scores import crps

if TYPE_CHECKING:
    import xarray as xr

    from forecasting.registry.registry import Registry

MATTERS: Final = 0.5
"""A median that moves by this share of the width of the earlier 50 % interval leaves that interval
if it was symmetric: the change is larger than what the earlier version took for likely."""
_LEAST_WIDTH: Final = 1.0
_LABELS: Final = ("number", "name", "reference_date", "version", "kind", "before_outcome")


def differences(earlier: xr.DataArray, later: xr.DataArray) -> pd.DataFrame:
    """Compare two forecasts place by place: what changed, and does it matter.

    Both are summed over causes and the periods that they share, in every sample.

    Parameters
    ----------
    earlier, later : xarray.DataArray, (sample, time, location[, cause]), persons
        Two versions, or two issues with overlapping periods.

    Returns
    -------
    pandas.DataFrame
        One row per place: median_before and median_after, change, width_before (of the 50 %
        interval; all persons over the shared periods), share (change over width), matters
        (``MATTERS`` or more), and status: ``both``, ``added`` or ``removed``.

    Raises
    ------
    FlowError
        If the two share no period.

    """
    times = [t for t in earlier["time"].to_numpy() if t in set(later["time"].to_numpy())]
    if not times:
        msg = "the two forecasts share no period; there is nothing to compare."
        raise FlowError(msg)
    before, after = (_by_place(array.sel(time=times)) for array in (earlier, later))
    rows = []
    for code in dict.fromkeys([*after, *before]):
        row: dict[str, object] = {"location": code, "status": "both"}
        if code not in before or code not in after:
            row["status"] = "added" if code in after else "removed"
        old, new = before.get(code), after.get(code)
        low, middle, high = (
            (np.nan,) * 3 if old is None else np.quantile(old, [0.25, 0.5, 0.75]).tolist()
        )
        median = np.nan if new is None else float(np.median(new))
        change, width = median - middle, high - low
        share = change / max(width, _LEAST_WIDTH)
        rows.append(
            {
                **row,
                "median_before": middle,
                "median_after": median,
                "change": change,
                "width_before": width,
                "share": share,
                "matters": row["status"] != "both" or bool(abs(share) >= MATTERS),
            }
        )
    return pd.DataFrame(rows)


def _by_place(array: xr.DataArray) -> dict[str, np.ndarray]:
    """Sum the samples of every place over all else."""
    sums = array.sum([dim for dim in array.dims if dim not in ("sample", "location")])
    values = sums.transpose("location", "sample").to_numpy()
    return {str(code): row for code, row in zip(array["location"].to_numpy(), values, strict=True)}


def scoreboard(registry: Registry, observed: xr.DataArray, name: str | None = None) -> pd.DataFrame:
    """Score every issued forecast against what came since.

    Parameters
    ----------
    registry : Registry
    observed : xarray.DataArray, (time, location[, cause]), persons per period
        What was observed; periods and places that it lacks are not scored.
    name : str, optional
        Only forecasts of this name.

    Returns
    -------
    pandas.DataFrame
        One row per version, in the order of issue: number, name, reference_date, version, kind,
        before_outcome (whether it was sealed before its first period had ended: only then is
        the score that of a forecast), periods (scored), crps (persons, mean over periods, places
        and causes), covered_50 and covered_90 (shares), benchmark_crps and skill (``1 - crps /
        benchmark_crps``) against the benchmark kept with the issue; NaN where there is none.

    Raises
    ------
    FlowError
        If the registry is empty, the observations break the contract, or they count persons per
        another period than an issued forecast.

    """
    check_flows(observed)
    rows: list[dict[str, object]] = []
    for entry in registry.entries(name):
        own = _scores(registry.samples(entry), observed)
        benchmark = registry.benchmark(entry)
        against = np.nan if benchmark is None else _scores(benchmark, observed)["crps"]
        skill = 1.0 - own["crps"] / against if against > 0 else np.nan
        labels = {key: getattr(entry, key) for key in _LABELS}
        rows.append({**labels, **own, "benchmark_crps": against, "skill": skill})
    return pd.DataFrame(rows)


def _scores(forecast: xr.DataArray, observed: xr.DataArray) -> dict[str, float]:
    """Mean scores over all periods and places that were observed."""
    same = [dim for dim in forecast.dims if dim != "sample"]
    periods = [array.attrs.get("period") for array in (observed, forecast)]
    if periods[0] != periods[1]:
        msg = (
            f"observations count persons per {periods[0]}, the forecast per {periods[1]}; sum the "
            f"observations by {periods[1]}, or score only forecasts of one name."
        )
        raise FlowError(msg)
    if set(same) != set(observed.dims):
        msg = f"observations have dims {observed.dims}, the forecast {tuple(same)}."
        raise FlowError(msg)
    seen = observed.reindex({dim: forecast[dim].to_numpy() for dim in same}).transpose(*same)
    known = np.isfinite(seen.to_numpy())
    samples = forecast.transpose("sample", *same).to_numpy()[:, known]
    values = seen.to_numpy()[known]
    scored = int(known.reshape(len(known), -1).any(axis=1).sum()) if same[0] == "time" else 0
    if not known.any():
        return {"periods": 0, "crps": np.nan, "covered_50": np.nan, "covered_90": np.nan}
    result = {"periods": scored, "crps": float(crps(observed=values, samples=samples).mean())}
    for column, content in (("covered_50", 0.5), ("covered_90", 0.9)):
        low, high = np.quantile(samples, [0.5 - content / 2, 0.5 + content / 2], axis=0)
        result[column] = float(((values >= low) & (values <= high)).mean())
    return result
