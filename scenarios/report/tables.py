"""The tables of a report: headings with units, cells as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from scenarios import summaries
from scenarios.labels import OUTCOMES, facility_label, measure_label, step_label, words
from scenarios.language import say
from scenarios.numbers import (
    FIXED,
    NOTHING,
    count,
    day,
    hours,
    interval,
    month,
    percent,
    percent_range,
    short_day,
    signed,
    span,
)
from scenarios.observed import fit_of
from scenarios.plots.services import unit_words
from scenarios.report.answers import capitalized, verdict
from simulation.measures import EXCEEDED_FROM, EXCEEDED_WHEN_LATE

if TYPE_CHECKING:
    from scenarios.report.inputs import ReportInputs


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to print.

    Parameters
    ----------
    caption : str
    head : tuple of str
        Column headings, with units.
    rows : tuple of tuple of str
        The first cell names the row.
    note : str
        Below the table.

    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def with_range(median: float, low: float, high: float) -> str:
    """Write a median with its range, or once when all futures agree.

    Examples
    --------
    >>> with_range(0.0, 0.0, 0.0), with_range(5.0, 2.0, 9.0).replace(FIXED, " ")
    ('0', '5 (2 to 9)')

    """
    if count(low) == count(high):
        return count(median)
    return f"{count(median)} ({interval(low, high)})"


def range_of(row: pd.Series[float], name: str) -> str:
    """Write the median of a column with its range."""
    return with_range(row[f"{name}_median"], row[f"{name}_low"], row[f"{name}_high"])


def _day_or_dash(date: object) -> str:
    return NOTHING if date is None or date is pd.NaT else short_day(date)


def _hours_range(row: pd.Series[float], name: str) -> str:
    low, high = hours(row[f"{name}_low"]), hours(row[f"{name}_high"])
    if low == high:
        return low
    return f"{hours(row[f'{name}_median'])} ({span(low, high)})"


def forecast_table(inputs: ReportInputs) -> Table:
    """Return the forecast by month, or short ones by day, beside its benchmark, persons."""
    kind = str(inputs.forecast.attrs.get("kind", "forecast"))
    shown = summaries.shown_periods(inputs.forecast)
    period = str(shown.attrs.get("period", "month"))
    benchmark = None
    if inputs.benchmark is not None:
        benchmark = summaries.shown_periods(inputs.benchmark)
    table = summaries.months(shown, benchmark)
    head = [
        capitalized(say(period)),
        say("{kind}: median (persons)", kind=capitalized(say(kind))),
        say("50 % interval"),
        say("90 % interval"),
    ]
    if inputs.benchmark is not None:
        head += [say("Benchmark: median (persons)"), say("90 % interval")]
    rows = []
    for _, row in table.iterrows():
        first = month(row["time"]) if period == "month" else day(row["time"])
        cells = [first.replace(" ", FIXED), count(row["q50"], 2)]
        cells += [interval(row["q25"], row["q75"], 2), interval(row["q05"], row["q95"], 2)]
        if inputs.benchmark is not None:
            cells.append(count(row["q50_benchmark"], 2))
            cells.append(interval(row["q05_benchmark"], row["q95_benchmark"], 2))
        rows.append(tuple(cells))
    return Table(
        say(
            "{what} per {period} in {place}, two significant digits",
            what=counted(kind),
            period=say(period),
            place=inputs.place,
        ),
        tuple(head),
        tuple(rows),
        say("Movements, not unique people: one person may be displaced more than once."),
    )


def counted(kind: str) -> str:
    """Return what a forecast counts, or what a replay does."""
    return say("People counted") if kind == "replay" else say("Displacements")


def fit_table(inputs: ReportInputs) -> Table | None:
    """Return error and coverage of what was simulated against what was observed."""
    if inputs.observed_points is None:
        return None
    rows = [
        (
            say("{curve} (at {share} scale)", curve=row.curve, share=percent(row.share))
            if row.share < 1
            else str(row.curve),
            say(str(row.used)),
            f"{row.points}",
            count(row.mean_observed),
            with_share(signed(row.bias), signed(100 * row.bias_share, 2)),
            with_share(count(row.mae), count(100 * row.mae_share, 2)),
            count(row.mae_simple),
            say("{n} of {all}", n=row.in_50, all=row.points),
            say("{n} of {all}", n=row.in_90, all=row.points),
        )
        for row in fit_of(inputs.observed_points).itertuples()
    ]
    return Table(
        say("Simulated against observed (persons)"),
        (
            say("Curve"),
            say("Used"),
            say("Points"),
            say("Mean observed"),
            say("Simulated minus observed, mean"),
            say("Mean absolute error of the median"),
            say("Error of one constant number"),
            say("Inside the 50 % interval"),
            say("Inside the 90 % interval"),
        ),
        tuple(rows),
        say(
            "The constant number is the mean of the observations used for fitting or, without "
            "any, the first observation. The intervals hold chance in arrivals, groups and stays "
            "and, where the scenario names one, the scatter of single observations; they do not "
            "hold what is not known about the numbers of the scenario."
        ),
    )


def with_share(number: str, share: str) -> str:
    """Write a number with what it is of the mean, where that is defined.

    Examples
    --------
    >>> with_share("+5", "+10").replace(FIXED, " "), with_share("+5", NOTHING)
    ('+5 (+10 %)', '+5')

    """
    return number if share == NOTHING else f"{number} ({share}{FIXED}%)"


def facility_table(inputs: ReportInputs) -> Table:
    """Return what gives way, when and for how long, one row per facility."""
    table = inputs.facilities
    head = (
        say("Facility"),
        say("Capacity"),
        say("Chance of giving way (95 % interval)"),
        say("First to give way in"),
        say("First day (median)"),
        say("Highest peak present or waiting: median (90 % range)"),
        say("Days beyond: median (95 % stay below)"),
        say("Back within capacity (median)"),
    )
    rows = []
    for _, row in table.iterrows():
        low, high = count(row["capacity_low"], 4), count(row["capacity_high"], 4)
        capacity = high if low == high else say("{low} to {high}", low=low, high=high)
        recovered = _day_or_dash(row["recovered"])
        if row["chance_unrecovered"] > 0:
            recovered = say(
                "{day}; not by the end in {chance}",
                day=recovered,
                chance=percent(row["chance_unrecovered"]),
            )
        chance = percent_range(row["chance_low"], row["chance_high"])
        rows.append(
            (
                facility_label(row["facility"]),
                f"{capacity}{FIXED}{unit_words(row['unit'], row['capacity_high'])}",
                f"{percent(row['chance'])} ({chance})",
                percent(row["chance_first"]) if row["chance"] else NOTHING,
                _day_or_dash(row["first_day"]),
                range_of(row, "peak"),
                f"{count(row['days_median'])} ({count(row['days_high'])})",
                recovered if row["chance"] else NOTHING,
            )
        )
    return Table(
        say("Each facility over the simulated futures"),
        head,
        tuple(rows),
        say(
            "A site gives way on a day when more people are present or waiting than it has "
            "places; another facility when more than {share} of those who ask on the day, and at "
            "least {persons} persons, wait beyond its standard. First day and return are medians "
            "over the futures in which it gives way. Several facilities may give way first on the "
            "same day.",
            share=percent(EXCEEDED_WHEN_LATE),
            persons=EXCEEDED_FROM,
        ),
    )


def waiting_table(inputs: ReportInputs) -> Table:
    """Return waiting at each step."""
    rows = [
        (
            step_label(str(row["step"])),
            range_of(row, "persons_requesting"),
            range_of(row, "persons_late"),
            range_of(row, "persons_leaving"),
            range_of(row, "persons_still_waiting"),
            _hours_range(row, "waiting_time_mean"),
            _hours_range(row, "waiting_time_p90"),
        )
        for _, row in summaries.steps(inputs.measures).iterrows()
    ]
    return Table(
        say("Waiting by step: median (90 % range over the simulated futures)"),
        (
            say("Step"),
            say("Ask for it (persons)"),
            say("Wait beyond the standard (persons)"),
            say("Leave without it (persons)"),
            say("Still waiting at the end (persons)"),
            say("Mean wait"),
            say("Wait nine in ten do not exceed"),
        ),
        tuple(rows),
        say("Those still waiting when the run ends count with the time they have waited so far."),
    )


def trigger_table(inputs: ReportInputs) -> Table:
    """Return what each trigger did, when, and how late after the standard was first broken."""
    rows = []
    for _, row in summaries.triggers(inputs.measures).iterrows():
        chance = percent_range(row["chance_low"], row["chance_high"])
        delay = NOTHING
        if row["chance_breach"] > 0:
            low, high = early_or_late(row["delay_low"]), early_or_late(row["delay_high"])
            middle = early_or_late(row["delay_median"])
            delay = middle if low == high else f"{middle} ({span(low, high)})"
        rows.append(
            (
                facility_label(row["trigger"]),
                f"{percent(row['chance'])} ({chance})",
                _day_or_dash(row["fired"]),
                _day_or_dash(row["came"]),
                percent(row["chance_breach"]),
                delay,
            )
        )
    return Table(
        say("Triggers over the simulated futures"),
        (
            say("Trigger"),
            say("Decides to act in (95 % interval)"),
            say("First decision (median)"),
            say("Capacity there (median)"),
            say("Capacity comes and the standard is broken in"),
            say("Capacity after the first breach: median (90 % range)"),
        ),
        tuple(rows),
        say(
            "The last column counts from the first time that the facility which the trigger "
            "changes broke its standard. Compare with the plan without the trigger to see what it "
            "gains."
        ),
    )


def early_or_late(value: float) -> str:
    """Write a time after an event, or before it.

    Examples
    --------
    >>> [early_or_late(h).replace("\u202f", " ") for h in (36.0, -72.0)]
    ['36 h', '3 days before']

    """
    return say("{time} before", time=hours(-value)) if value < 0 else hours(value)


HARM = (
    "total_nights_without_place",
    "families_split",
    "children_alone_late",
    "vulnerable_missed",
    "patients_left_unseen",
    "patients_sent_elsewhere",
)
ONLY_WHERE_ANY = ("consultations_interrupted", "hours_interrupted")
"""Rows that a plan without such a rule does not need."""


def harm_table(inputs: ReportInputs) -> Table:
    """Return the single numbers that describe harm, beside how many came."""
    numbers = summaries.scalars(inputs.measures)
    names = ["persons_entered", "persons_cut_off", *HARM]
    names += [one for one in ONLY_WHERE_ANY if one in numbers and (inputs.measures[one] > 0).any()]
    rows = []
    for name in names:
        if name not in numbers:
            continue
        label, spread = measure_label(name), numbers[name]
        values = count(spread["median"]), interval(spread["low"], spread["high"])
        any_at_all = percent(float((inputs.measures[name] > 0).mean()))
        rows.append((label.label, label.unit, *values, any_at_all))
    for outcome, name in (
        ("left_without_place", "persons_left_without_place"),
        ("not_reached", "not_reached_total"),
    ):
        spread = summaries.outcome(inputs.measures, outcome)
        values = count(spread["median"]), interval(spread["low"], spread["high"])
        label = measure_label(name)
        rows.insert(2, (label.label, label.unit, *values, percent(spread["chance"])))
    return Table(
        say("In short"),
        (
            say("Measure"),
            say("Unit"),
            say("Median"),
            say("90 % range over the simulated futures"),
            say("Chance of any"),
        ),
        tuple(rows),
    )


def outcome_table(inputs: ReportInputs) -> Table:
    """Return where everyone is at the end, means by plan, persons."""
    plans = {say("Present plan"): inputs.measures}
    plans |= {plan.title: plan.measures for plan in inputs.plans}
    means = {
        title: measures["persons_by_outcome"].mean("replication").to_series()
        for title, measures in plans.items()
    }
    names = [str(name) for name in inputs.measures["group_outcome"].values]
    rows = [
        (
            capitalized(say(OUTCOMES.get(name, words(name)))),
            *(count(m[name]) for m in means.values()),
        )
        for name in names
    ]
    rows.append((say("All who asked"), *(count(float(m.sum())) for m in means.values())))
    return Table(
        say("Where everyone is when the run ends (persons, mean over the simulated futures)"),
        (say("Outcome"), *plans),
        tuple(rows),
    )


def comparison_table(rows: pd.DataFrame, title: str) -> Table:
    """Return the paired differences of one plan.

    Parameters
    ----------
    rows : pandas.DataFrame
        The rows of this plan, with the columns of the comparison.
    title : str
        Of the plan.

    Returns
    -------
    Table

    """
    cells = []
    for _, row in rows.iterrows():
        label = measure_label(str(row["measure"]))
        limits = span(signed(row["low"]), signed(row["high"]))
        better = NOTHING if label.less_is_better is None else percent(row["chance_better"])
        same = percent(row["chance_same"])
        cells.append(
            (
                label.label,
                label.unit,
                count(row["baseline"]),
                count(row["value"]),
                f"{signed(row['difference'])} ({limits})",
                better,
                same,
                say(verdict(row)),
            )
        )
    return Table(
        say("“{plan}” against the present plan, on the same futures", plan=title),
        (
            say("Measure"),
            say("Unit"),
            say("Present plan (mean)"),
            say("This plan (mean)"),
            say("Difference (95 % interval)"),
            say("Better in"),
            say("Equal in"),
            say("In words"),
        ),
        tuple(cells),
    )
