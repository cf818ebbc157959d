"""Early warning: how well was the chance of an exceptional month foreseen, and what was it worth.

The event is that a place sees more people than in nine of ten months known at the cutoff (its own
90th percentile, as kept by :func:`forecasting.evaluation.backtest`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.evaluation import at_level
from forecasting.flows import FlowError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

Array = npt.NDArray[np.float64]

COST_LOSS_RATIOS: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
"""Cost of acting early as a share of the loss that acting avoids."""
_BINS: Final = 10
_FREQUENCIES: Final = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}


def _cases(scores: xr.Dataset, level: str) -> tuple[list[str], Array, Array]:
    """Names, chances (model, case) and whether it happened (case), of all observed cases."""
    chosen = at_level(scores, level)
    names = [str(name) for name in scores["model"].to_numpy()]
    chances = chosen["chance_above"].transpose("model", ...).to_numpy().reshape(len(names), -1)
    observed, threshold = (
        chosen[name].isel(model=0).to_numpy().ravel() for name in ("observed", "threshold")
    )
    known = np.isfinite(observed)
    if not known.any():
        msg = f"at level {level!r} nothing was observed; there is no warning to judge."
        raise FlowError(msg)
    return names, chances[:, known], (observed[known] > threshold[known]).astype(float)


def warning_table(scores: xr.Dataset, level: str = "series") -> pd.DataFrame:
    """Brier score, its parts, and the area under the ROC curve of the chance of exceedance.

    ``brier = reliability - resolution + uncertainty`` up to the width of the ten bins (Murphy
    1973, Journal of Applied Meteorology 12): reliability is how far stated chances are from
    frequencies (lower is better), resolution how far frequencies differ between chances (higher is
    better), uncertainty that of the events themselves.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`forecasting.evaluation.backtest`.
    level : str
        See :func:`forecasting.evaluation.at_level`.

    Returns
    -------
    pandas.DataFrame
        Index model; brier, reliability, resolution, uncertainty, roc_area (0.5 is luck), events,
        cases.

    Raises
    ------
    FlowError
        If the scores have no such level or nothing was observed.

    """
    names, chances, happened = _cases(scores, level)
    rate = happened.mean()
    rows = []
    for own in chances:
        bins = np.minimum((own * _BINS).astype(int), _BINS - 1)
        count = np.bincount(bins, minlength=_BINS)
        filled = count > 0
        stated = np.bincount(bins, own, _BINS)[filled] / count[filled]
        share = np.bincount(bins, happened, _BINS)[filled] / count[filled]
        weight = count[filled] / len(own)
        rows.append(
            {
                "brier": float(((own - happened) ** 2).mean()),
                "reliability": float((weight * (stated - share) ** 2).sum()),
                "resolution": float((weight * (share - rate) ** 2).sum()),
                "uncertainty": float(rate * (1.0 - rate)),
                "roc_area": _roc_area(own, happened),
                "events": int(happened.sum()),
                "cases": len(own),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(names, name="model"))


def _roc_area(chances: Array, happened: Array) -> float:
    """Chance that an event had been given a higher chance than a non-event (ties count half)."""
    events = int(happened.sum())
    if events in (0, len(happened)):
        return float("nan")
    ranks = pd.Series(chances).rank().to_numpy()
    above = ranks[happened > 0].sum() - events * (events + 1) / 2.0
    return float(above / (events * (len(happened) - events)))


def reliability(scores: xr.Dataset, level: str = "series", bins: int = _BINS) -> pd.DataFrame:
    """Stated chance against frequency, by bins of the stated chance.

    Parameters
    ----------
    scores, level
        As in :func:`warning_table`.
    bins : int
        Number of equal bins of the chance.

    Returns
    -------
    pandas.DataFrame
        model, chance (mean stated), frequency (of events), cases; bins without a case are left
        out.

    """
    names, chances, happened = _cases(scores, level)
    rows = []
    for name, own in zip(names, chances, strict=True):
        position = np.minimum((own * bins).astype(int), bins - 1)
        rows += [
            {
                "model": name,
                "chance": float(own[position == one].mean()),
                "frequency": float(happened[position == one].mean()),
                "cases": int((position == one).sum()),
            }
            for one in np.unique(position)
        ]
    return pd.DataFrame(rows)


def roc_curve(scores: xr.Dataset, level: str = "series") -> pd.DataFrame:
    """Share of events warned of against share of false alarms, by the chance that triggers.

    Parameters
    ----------
    scores, level
        As in :func:`warning_table`.

    Returns
    -------
    pandas.DataFrame
        model, trigger (chance at or above which one warns), hit_rate, false_alarm_rate.

    """
    names, chances, happened = _cases(scores, level)
    events, others = max(happened.sum(), 1.0), max((1.0 - happened).sum(), 1.0)
    rows = []
    for name, own in zip(names, chances, strict=True):
        for trigger in np.unique(np.concatenate([[0.0], np.round(own, 2), [1.01]])):
            warned = own >= trigger
            rows.append(
                {
                    "model": name,
                    "trigger": float(trigger),
                    "hit_rate": float(happened[warned].sum() / events),
                    "false_alarm_rate": float((1.0 - happened[warned]).sum() / others),
                }
            )
    return pd.DataFrame(rows)


def economic_value(
    scores: xr.Dataset, level: str = "series", ratios: Sequence[float] = COST_LOSS_RATIOS
) -> pd.DataFrame:
    """Relative economic value of acting on the stated chance, by cost-loss ratio.

    Acting costs ``ratio`` and avoids a loss of 1. One acts when the stated chance exceeds the
    ratio. Value 1 is perfect foresight, 0 is the better of always and never acting, and below zero
    one is better off without the forecast (Richardson 2000, Quarterly Journal of the Royal
    Meteorological Society 126).

    Parameters
    ----------
    scores, level
        As in :func:`warning_table`.
    ratios : sequence of float
        Cost-loss ratios, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        Index model, one column per ratio.

    Raises
    ------
    FlowError
        If a ratio is not between 0 and 1.

    """
    wrong = [ratio for ratio in ratios if not 0.0 < ratio < 1.0]
    if wrong:
        msg = f"cost-loss ratios {wrong} are not between 0 and 1 (exclusive)."
        raise FlowError(msg)
    names, chances, happened = _cases(scores, level)
    rate = happened.mean()
    table = {}
    for ratio in ratios:
        acts = chances > ratio
        expense = (ratio * acts + (1.0 - acts) * happened).mean(axis=1)
        without, perfect = min(ratio, rate), ratio * rate
        gain = without - perfect
        table[ratio] = (without - expense) / gain if gain > 0 else np.full(len(names), np.nan)
    return pd.DataFrame(table, index=pd.Index(names, name="model")).rename_axis(
        columns="cost_loss_ratio"
    )


def shortfall_table(scores: xr.Dataset, level: str = "total") -> pd.DataFrame:
    """Places short, and places idle, had one planned on the forecast's 80th percentile.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`forecasting.evaluation.backtest`.
    level : str
        See :func:`forecasting.evaluation.at_level`.

    Returns
    -------
    pandas.DataFrame
        Index model; per series and period: planned, short and idle (mean persons), short_share
        (short persons over observed persons), held (share of cases in which the plan was enough).

    """
    chosen = at_level(scores, level)
    names = [str(name) for name in scores["model"].to_numpy()]
    planned, observed = (
        chosen[name].transpose("model", ...).to_numpy().reshape(len(names), -1)
        for name in ("quantile_80", "observed")
    )
    known = np.isfinite(observed[0])
    planned, observed = planned[:, known], observed[:, known]
    short = np.maximum(observed - planned, 0.0)
    columns = {
        "planned": planned.mean(axis=1),
        "short": short.mean(axis=1),
        "idle": np.maximum(planned - observed, 0.0).mean(axis=1),
        "short_share": short.sum(axis=1) / np.maximum(observed.sum(axis=1), 1.0),
        "held": (planned >= observed).mean(axis=1),
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="model"))


def alarm_table(scores: xr.Dataset, trigger: float = 0.3, level: str = "series") -> pd.DataFrame:
    """Hits, false alarms and lead time, had one warned whenever the chance reached a trigger.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`forecasting.evaluation.backtest`.
    trigger : float
        Chance of exceeding the place's own 90th percentile at which one warns, in (0, 1). The
        default, 30 percent, suits actions that cost 30 percent of the loss they avoid.
    level : str
        See :func:`forecasting.evaluation.at_level`.

    Returns
    -------
    pandas.DataFrame
        Index model; warnings and events (numbers of forecasts that warned, and for which the event
        came), hit_rate (share of the events warned of), false_alarm_ratio (share of warnings that
        no event followed; NaN without a warning), lead_time (periods; how long before an
        exceptional period the warnings began that were then upheld by every later forecast, mean
        over exceptional periods, 0 where the last forecast before did not warn).

    Raises
    ------
    FlowError
        If the trigger is not between 0 and 1, the scores have no such level, or nothing was
        observed.

    """
    if not 0.0 < trigger < 1.0:
        msg = f"trigger is {trigger:g}; give a chance between 0 and 1 (exclusive), such as 0.3."
        raise FlowError(msg)
    names, chances, happened = _cases(scores, level)
    warned = chances >= trigger
    hits = (warned * happened).sum(axis=1)
    given = warned.sum(axis=1)
    columns = {
        "warnings": given,
        "events": np.full(len(names), int(happened.sum())),
        "hit_rate": hits / happened.sum() if happened.any() else np.full(len(names), np.nan),
        "false_alarm_ratio": np.where(given > 0, 1.0 - hits / np.maximum(given, 1), np.nan),
        "lead_time": _lead_time(scores, trigger, level),
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="model"))


def _lead_time(scores: xr.Dataset, trigger: float, level: str) -> Array:
    """Mean over exceptional periods of the longest unbroken lead of warnings (model), periods."""
    chosen = at_level(scores, level)
    chances, observed, threshold = (
        chosen[name].transpose("model", "cutoff", "horizon", ...).to_numpy()
        for name in ("chance_above", "observed", "threshold")
    )
    shape = (*chances.shape[:3], -1)
    warned = chances.reshape(shape) >= trigger
    event = (observed > threshold)[0].reshape(shape[1:])
    frequency = _FREQUENCIES[str(scores.attrs.get("period", "month"))]
    cutoffs = pd.DatetimeIndex(scores["cutoff"].to_numpy()).to_period(frequency)
    starts = np.array([cutoff.ordinal for cutoff in cutoffs])
    targets = starts[:, np.newaxis] + np.arange(shape[2])
    leads: list[Array] = []
    for target in np.unique(targets):
        made, ahead = np.nonzero(targets == target)
        latest_first = np.argsort(ahead)
        made, ahead = made[latest_first], ahead[latest_first]
        upheld = np.logical_and.accumulate(warned[:, made, ahead], axis=1)
        reached = (upheld * (ahead + 1)[:, np.newaxis]).max(axis=1)
        came = event[made[0], ahead[0]]
        leads.append(reached[:, came].astype(float))
    together = np.concatenate(leads, axis=1)
    return together.mean(axis=1) if together.shape[1] else np.full(len(warned), np.nan)
