"""The answer of a report in plain words: sentences with numbers and intervals, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from scenarios import summaries
from scenarios.labels import facility_label, measure_label
from scenarios.numbers import count, day, interval, month, percent, percent_range
from scenarios.observed import fit_of, fit_sentences

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.report.inputs import ReportInputs

HOLDS_BELOW: Final = 0.05
"""A facility is said to hold when it fails in fewer than this share of the futures."""
LEADING_MEASURE: Final = "total_nights_without_place"


def sentences(inputs: ReportInputs) -> list[str]:
    """Answer the question of the scenario in four to eight sentences.

    Parameters
    ----------
    inputs : ReportInputs

    Returns
    -------
    list of str
        What could happen, what gives way first, what holds, who is affected, what plans
        change, and how good the forecast has been.

    """
    answer = [_displacement(inputs)]
    if not float(inputs.measures["persons_entered"].sum()):
        answer.append(
            "In none of the simulated futures does anyone ask for the services of this scenario, "
            "so nothing can be said about them."
        )
        return answer
    table = summaries.facilities(inputs.measures)
    answer += _what_gives_way(table)
    answer.append(_who(inputs))
    answer += _cost(inputs)
    answer += _plans(inputs)
    if inputs.observed_points is not None:
        answer += fit_sentences(fit_of(inputs.observed_points))
    if inputs.skill_statement:
        answer.append(first_sentence(inputs.skill_statement))
    return answer


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, with a capital letter.

    Examples
    --------
    >>> first_sentence("the model is 3.5 % better. Its interval holds.")
    'The model is 3.5 % better.'

    """
    return capitalized(text.strip().split(". ")[0].removesuffix(".") + ".")


def capitalized(text: str) -> str:
    """Begin every sentence with a capital letter, and leave the rest as it is."""
    return ". ".join(part[:1].upper() + part[1:] for part in text.split(". "))


def _displacement(inputs: ReportInputs) -> str:
    low, middle, high = np.quantile(summaries.totals(inputs.forecast), [0.05, 0.5, 0.95])
    times = inputs.forecast["time"].values
    kind = str(inputs.forecast.attrs.get("kind", "forecast"))
    by_month = inputs.forecast.attrs.get("period", "month") == "month"
    written = month if by_month else day
    span = written(times[0])
    if len(times) > 1:
        span = f"{span} to {written(times[-1])}"
    if kind == "replay":
        return (
            f"From {span}, about {count(middle, 3)} people were counted in {inputs.place}; this "
            "run replays them, it does not forecast."
        )
    return (
        f"From {span}, the {kind} expects about {count(middle, 2)} new displacements in "
        f"{inputs.place}; in nine of ten futures between {count(low, 2)} and {count(high, 2)}."
    )


def _cost(inputs: ReportInputs) -> list[str]:
    bill = inputs.bill
    if bill is None:
        return []
    low, high = np.quantile(bill.total, [0.05, 0.95])
    span = ""
    if count(low) != count(high):
        span = f", in nine of ten futures {interval(low, high)}"
    lacking = len(bill.not_counted)
    without = ""
    if lacking:
        facilities = "1 facility has" if lacking == 1 else f"{count(lacking)} facilities have"
        without = f"; {facilities} no cost and therefore no part in it"
    return [
        f"What has a cost in the plan costs {count(float(bill.total.mean()))} "
        f"{bill.rows['currency'].iloc[0]} over the run{span}{without}."
    ]


def _what_gives_way(table: pd.DataFrame) -> list[str]:
    failing = table[table["chance"] >= HOLDS_BELOW].sort_values(
        ["chance_first", "chance"], ascending=False, kind="stable"
    )
    holding = [facility_label(name) for name in table[table["chance"] < HOLDS_BELOW]["facility"]]
    if failing.empty:
        return [
            "Every facility stays within its capacity and standard in more than nineteen of "
            "twenty simulated futures."
        ]
    first = failing.iloc[0]
    beyond = "fills beyond its places" if first["unit"] == "persons" else "misses its standard"
    answer = [
        f"{facility_label(first['facility'])} is the most likely to give way first: it {beyond} "
        f"on at least one day in {percent(first['chance'])} of the simulated futures "
        f"(95 % interval {percent_range(first['chance_low'], first['chance_high'])}), "
        f"typically from {day(first['first_day'])}."
    ]
    others = failing.iloc[1:].sort_values("chance", ascending=False, kind="stable").head(3)
    if len(others):
        named = [
            f"{facility_label(row['facility'])} ({percent(row['chance'])})"
            for _, row in others.iterrows()
        ]
        answer.append(f"Others that may give way: {_listed(named)}.")
    if holding:
        verb = "holds" if len(holding) == 1 else "hold"
        who = f"The other {len(holding)} facilities" if len(holding) > 4 else _listed(holding)
        if len(holding) > 4 and len(failing) > 4:
            who = f"{len(holding)} other facilities"
        answer.append(f"{who} {verb} in at least nineteen of twenty futures.")
    return answer


def _who(inputs: ReportInputs) -> str:
    numbers = summaries.scalars(inputs.measures)
    nights = numbers["total_nights_without_place"]
    missed = summaries.outcome(inputs.measures, "not_reached")
    text = (
        f"In the middle future {count(nights['median'], 2)} person-nights pass without a place "
        f"(in nine of ten futures {interval(nights['low'], nights['high'], 2)})"
    )
    if missed["high"] > 0:
        text += (
            f", and rescue does not reach {count(missed['median'], 2)} people in time "
            f"({interval(missed['low'], missed['high'], 2)})"
        )
    return f"{text}."


def _plans(inputs: ReportInputs) -> list[str]:
    comparison = inputs.comparison
    if comparison is None:
        return []
    titles = {plan.name: plan.title for plan in inputs.plans}
    answer = []
    for name, rows in comparison.groupby("plan", sort=False):
        chosen = rows[rows["measure"] == LEADING_MEASURE]
        if chosen.empty:
            continue
        row = chosen.iloc[0]
        title = titles.get(str(name), str(name))
        unit = measure_label(LEADING_MEASURE).unit
        if verdict(row) in {"no difference", "not distinguishable", "unknown"}:
            answer.append(
                f"With “{title}”, nights without a place cannot be told from those of the present "
                "plan with this number of runs."
            )
            continue
        more = "rise" if row["difference"] > 0 else "fall"
        low, high = sorted((abs(float(row["low"])), abs(float(row["high"]))))
        answer.append(
            f"With “{title}”, nights without a place {more} by {count(abs(row['difference']), 2)} "
            f"{unit} on average (95 % interval {interval(low, high, 2)})."
        )
    return answer


def verdict(row: pd.Series[float]) -> str:
    """Say what a paired difference means: better, worse, more, fewer, or not distinguishable.

    Parameters
    ----------
    row : pandas.Series
        A row of the comparison table.

    Returns
    -------
    str

    """
    low, high = float(row["low"]), float(row["high"])
    if not np.isfinite([low, high]).all():
        return "unknown"
    if low == high == 0:
        return "no difference"
    if low <= 0 <= high:
        return "not distinguishable"
    less = measure_label(str(row["measure"])).less_is_better
    if less is None:
        return "more" if low > 0 else "fewer"
    return "better" if (high < 0) == less else "worse"


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
