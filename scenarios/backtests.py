"""How good are forecasts of these flows: models beside the standard benchmarks, on the past."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

import forecasting as fc
from scenarios.models import model_named
from scenarios.runner import SILENT, Progress
from scenarios.versions import versions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr

    from scenarios.subjects import Subject

CUTOFFS: Final = 12
"""Past reference dates unless another number is asked for."""
SAMPLES: Final = 300
VALUE_RATIOS: Final = (0.05, 0.1, 0.3, 0.5)
"""Costs of acting early, as shares of the loss avoided, at which its value is told."""


@dataclass(frozen=True)
class Backtest:
    """Scores of models and benchmarks, and what they mean.

    Parameters
    ----------
    subject : Subject
    models : tuple of str
        Names, in tables, of the models asked for; the first is the one judged.
    scores : xarray.Dataset
        From :func:`forecasting.backtest`, models first, then benchmarks.

    """

    subject: Subject
    models: tuple[str, ...]
    scores: xr.Dataset

    @property
    def judged(self) -> str:
        """Name of the model the statement is about."""
        return self.models[0]

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of sums the scores have, finest first."""
        return tuple(
            level
            for level in ("series", "location", "cause", "origin", "destination", "total", "focus")
            if level == "series" or f"crps_{level}" in self.scores
        )

    def statement(self, level: str = "series") -> str:
        """Say in plain words which benchmarks the judged model beats, and how well it is spread."""
        held = float(fc.score_table(self.scores, level).loc[self.judged, "covered_90"])
        summary = fc.skill_summary(self.scores, self.judged, level=level)
        return f"{summary} Its 90% interval held {held:.0%} of what was observed."

    def against(self, level: str = "series") -> pd.DataFrame:
        """Compare the judged model with every other one.

        Returns
        -------
        pandas.DataFrame
            Index model; crps and interval_score (persons), crps_log1p (log scale), covered_50 and
            covered_90 (shares), then for the judged model against this one: skill with low and
            high (90 percent interval, share of its CRPS), skill_log1p with its low_log1p and
            high_log1p, and p_value (paired test, log scale).

        """
        table = fc.score_table(self.scores, level)
        rows = {}
        for name in table.index:
            row: dict[str, float] = {}
            for measure, suffix in (("crps", ""), ("crps_log1p", "_log1p")):
                found = fc.skill(self.scores, str(name), measure=measure, level=level)
                own = found.loc[self.judged]
                row |= {f"{part}{suffix}": own[part] for part in ("skill", "low", "high")}
            tested = fc.paired_test(self.scores, str(name), measure="crps_log1p", level=level)
            rows[name] = row | {"p_value": tested.loc[self.judged, "p_value"]}
        return table.join(pd.DataFrame.from_dict(rows, orient="index"))

    def warnings(self, level: str = "series") -> pd.DataFrame:
        """Early warning of exceptional periods and planning on the 80th percentile, by model.

        Returns
        -------
        pandas.DataFrame
            Columns of :func:`forecasting.warning_table`, :func:`forecasting.alarm_table` and
            :func:`forecasting.shortfall_table`, and ``value_R``: the economic value at cost-loss
            ratio R (:func:`forecasting.economic_value`).

        """
        value = fc.economic_value(self.scores, level, VALUE_RATIOS)
        value.columns = pd.Index([f"value_{ratio:g}" for ratio in VALUE_RATIOS])
        alarms = fc.alarm_table(self.scores, level=level).drop(columns="events")
        return (
            fc.warning_table(self.scores, level)
            .join(alarms)
            .join(value)
            .join(fc.shortfall_table(self.scores, level))
        )


def check_request(subject: Subject, level: str, by: str | None) -> None:
    """Refuse a level or a breakdown that the scores of a subject will not have.

    Raises
    ------
    forecasting.FlowError
        With what there will be.

    """
    dims = [str(dim) for dim in subject.flows.dims[1:]]
    both = {"location", "cause"} <= set(dims)
    ends = [dim for dim in dims if dim in ("origin", "destination")]
    levels = ["series", *(["location", "cause"] if both else []), *ends, "total"]
    levels += ["focus"] if subject.focus else []
    if level not in levels:
        msg = f"level is {level!r}; {subject.name} has: {', '.join(levels)}."
        raise fc.FlowError(msg)
    left = [] if level in ("total", "focus") else dims if level == "series" else [level]
    breakdowns = ["horizon", "cutoff", *left]
    if by is not None and by not in breakdowns:
        msg = f"by is {by!r}; at level {level!r} {subject.name} has: {', '.join(breakdowns)}."
        raise fc.FlowError(msg)


def run_backtest(
    subject: Subject,
    models: Sequence[str] = (),
    *,
    cutoffs: int = CUTOFFS,
    step: int = 1,
    samples: int = SAMPLES,
    seed: int = 0,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Backtest:
    """Forecast again at past reference dates and score models beside the standard benchmarks.

    Parameters
    ----------
    subject : Subject
        From :func:`scenarios.subjects.subject_of`.
    models : sequence of str
        Keys of :data:`scenarios.models.MODELS`; by default the model of the subject.
    cutoffs, step : int
        Number of past reference dates, the last one so late that all of its horizon has been
        observed, and periods between them.
    samples, seed : int
        Samples per forecast; the same seed gives the same scores.
    workers : int
        Processes.
    progress : Progress

    Returns
    -------
    Backtest

    Raises
    ------
    forecasting.FlowError
        If a model does not suit the flows or these are too short.

    """
    asked = [
        model_named(subject.check_model(name), subject.horizon)
        for name in dict.fromkeys(models or (subject.model,))
    ]
    ours = {model.name: model for model in asked}
    standard = {
        model.name: model for model in fc.standard_benchmarks(subject.flows, subject.horizon)
    }
    dates = fc.rolling_cutoffs(subject.flows, subject.horizon, cutoffs, step)
    progress.stage(f"Testing on {subject.name}", len(dates))
    scores = fc.backtest(
        list((ours | standard | ours).values()),
        subject.flows,
        subject.drivers,
        horizon=subject.horizon,
        cutoffs=dates,
        samples=samples,
        seed=seed,
        focus=subject.focus or None,
        workers=workers,
        advance=progress.advance,
    )
    return Backtest(subject, tuple(ours), scores)


def released(backtest: Backtest, *, samples: int, seed: int) -> xr.DataArray:
    """Forecast from everything known, with the record of the model in words.

    Parameters
    ----------
    backtest : Backtest
        Of the subject; its judged model makes the forecast.
    samples, seed : int

    Returns
    -------
    xarray.DataArray, (sample, time, location[, cause]), persons per period
        The attribute ``skill`` holds the statement of :meth:`Backtest.statement`.

    """
    subject = backtest.subject
    model = model_named(subject.model, subject.horizon)
    fitted = model.fit(subject.flows, subject.drivers)
    made = fitted.forecast(subject.horizon, None, samples, seed)
    return made.assign_attrs(skill=backtest.statement())


def write_backtest(backtest: Backtest, folder: Path, *, command: str = "") -> None:
    """Write scores, tables and figures of a backtest into a folder that exists.

    Parameters
    ----------
    backtest : Backtest
    folder : pathlib.Path
        See :func:`scenarios.results.complete_folder`.
    command : str
        What the user typed, for the record.

    """
    from scenarios.plots import save_figure, score_figures

    backtest.scores.to_netcdf(folder / "scores.nc", engine="h5netcdf")
    for name, frame in tables_of(backtest).items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    for name, figure in score_figures(backtest.scores, backtest.judged).items():
        save_figure(figure, folder / "figures" / name)
    statements = {level: backtest.statement(level) for level in backtest.levels}
    record: dict[str, Any] = {
        "command": command,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "subject": backtest.subject.name,
        "credit": backtest.subject.flows.attrs["credit"],
        "models": list(backtest.models),
        "statement": statements,
        **{key: backtest.scores.attrs[key] for key in ("samples", "seed", "refit", "period")},
        "versions": versions(),
    }
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (folder / "provenance.json").write_text(text + "\n", encoding="utf-8")


def tables_of(backtest: Backtest) -> dict[str, pd.DataFrame]:
    """All tables of a backtest as files hold them.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``scores`` (by level and model), ``by_horizon``, ``by_location``, ``by_cause`` where the
        flows have these, ``warnings`` (by level and model), ``reliability`` and ``roc`` (of single
        places).

    """
    scores = backtest.scores
    per_level = {level: backtest.against(level).reset_index() for level in backtest.levels}
    warned = {level: backtest.warnings(level).reset_index() for level in backtest.levels}
    made = {"scores": _stacked(per_level), "warnings": _stacked(warned)}
    dims = [str(dim) for dim in scores["crps"].dims]
    for by in ("horizon", "location", "cause", "origin", "destination"):
        if by in dims:
            made[f"by_{by}"] = fc.score_table(scores, by=by).reset_index()
    return made | {"reliability": fc.reliability(scores), "roc": fc.roc_curve(scores)}


def _stacked(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([table.assign(level=level) for level, table in tables.items()]).pipe(
        lambda table: table[["level", *(c for c in table.columns if c != "level")]]
    )
