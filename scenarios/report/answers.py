"""The answer of a report in plain words: sentences with numbers and intervals, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from scenarios import summaries
from scenarios.labels import facility_label, measure_label, said_list
from scenarios.language import say
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
            say(
                "In none of the simulated futures does anyone ask for the services of this "
                "scenario, so nothing can be said about them."
            )
        )
        return answer
    table = inputs.facilities
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
        span = say("{low} to {high}", low=span, high=written(times[-1]))
    if kind == "replay":
        return say(
            "From {span}, about {number} people were counted in {place}; this run replays them, "
            "it does not forecast.",
            span=span,
            number=count(middle, 3),
            place=inputs.place,
        )
    return say(
        "From {span}, the {kind} expects about {number} new displacements in {place}; in nine of "
        "ten futures between {low} and {high}.",
        span=span,
        kind=say(kind),
        number=count(middle, 2),
        place=inputs.place,
        low=count(low, 2),
        high=count(high, 2),
    )


def _cost(inputs: ReportInputs) -> list[str]:
    bill = inputs.bill
    if bill is None:
        return []
    low, high = np.quantile(bill.total, [0.05, 0.95])
    cost, currency = count(float(bill.total.mean())), bill.rows["currency"].iloc[0]
    said = say(
        "What has a cost in the plan costs {cost} {currency} over the run.",
        cost=cost,
        currency=currency,
    )
    if count(low) != count(high):
        said = say(
            "What has a cost in the plan costs {cost} {currency} over the run, in nine of ten "
            "futures {range}.",
            cost=cost,
            currency=currency,
            range=interval(low, high),
        )
    lacking = len(bill.not_counted)
    if lacking == 1:
        return [said, say("1 facility has no cost and therefore no part in it.")]
    if lacking:
        return [
            said,
            say("{number} facilities have no cost and therefore no part in it.", number=lacking),
        ]
    return [said]


def _what_gives_way(table: pd.DataFrame) -> list[str]:
    failing = table[table["chance"] >= HOLDS_BELOW].sort_values(
        ["chance_first", "chance"], ascending=False, kind="stable"
    )
    holding = [facility_label(name) for name in table[table["chance"] < HOLDS_BELOW]["facility"]]
    if failing.empty:
        return [
            say(
                "Every facility stays within its capacity and standard in more than nineteen of "
                "twenty simulated futures."
            )
        ]
    first = failing.iloc[0]
    beyond = say("misses its standard")
    if first["unit"] == "persons":
        beyond = say("fills beyond its places")
    answer = [
        say(
            "{facility} is the most likely to give way first: it {does} on at least one day in "
            "{chance} of the simulated futures (95 % interval {interval}), typically from {day}.",
            facility=facility_label(first["facility"]),
            does=beyond,
            chance=percent(first["chance"]),
            interval=percent_range(first["chance_low"], first["chance_high"]),
            day=day(first["first_day"]),
        )
    ]
    others = failing.iloc[1:].sort_values("chance", ascending=False, kind="stable").head(3)
    if len(others):
        named = [
            f"{facility_label(row['facility'])} ({percent(row['chance'])})"
            for _, row in others.iterrows()
        ]
        answer.append(say("Others that may give way: {facilities}.", facilities=said_list(named)))
    if holding:
        answer.append(_what_holds(holding, beside=len(failing)))
    return answer


def _what_holds(holding: list[str], *, beside: int) -> str:
    if len(holding) == 1:
        return say("{facility} holds in at least nineteen of twenty futures.", facility=holding[0])
    who = said_list(holding)
    if len(holding) > 4:
        who = say("The other {n} facilities", n=len(holding))
        if beside > 4:
            who = say("{n} other facilities", n=len(holding))
    return say("{facilities} hold in at least nineteen of twenty futures.", facilities=who)


def _who(inputs: ReportInputs) -> str:
    numbers = summaries.scalars(inputs.measures)
    nights = numbers["total_nights_without_place"]
    missed = summaries.outcome(inputs.measures, "not_reached")
    middle, limits = count(nights["median"], 2), interval(nights["low"], nights["high"], 2)
    if missed["high"] > 0:
        return say(
            "In the middle future {nights} person-nights pass without a place (in nine of ten "
            "futures {interval}), and rescue does not reach {people} people in time "
            "({people_interval}).",
            nights=middle,
            interval=limits,
            people=count(missed["median"], 2),
            people_interval=interval(missed["low"], missed["high"], 2),
        )
    return say(
        "In the middle future {nights} person-nights pass without a place (in nine of ten futures "
        "{interval}).",
        nights=middle,
        interval=limits,
    )


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
                say(
                    "With “{plan}”, nights without a place cannot be told from those of the "
                    "present plan with this number of runs.",
                    plan=title,
                )
            )
            continue
        low, high = sorted((abs(float(row["low"])), abs(float(row["high"]))))
        values = {
            "plan": title,
            "number": count(abs(row["difference"]), 2),
            "unit": unit,
            "interval": interval(low, high, 2),
        }
        if row["difference"] > 0:
            text = say(
                "With “{plan}”, nights without a place rise by {number} {unit} on average (95 % "
                "interval {interval}).",
                **values,
            )
        else:
            text = say(
                "With “{plan}”, nights without a place fall by {number} {unit} on average (95 % "
                "interval {interval}).",
                **values,
            )
        answer.append(text)
    return answer


VERDICTS: Final = (
    "better",
    "worse",
    "more",
    "fewer",
    "not distinguishable",
    "no difference",
    "unknown",
)


def verdict(row: pd.Series[float]) -> str:
    """Say what a paired difference means: better, worse, more, fewer, or not distinguishable.

    Parameters
    ----------
    row : pandas.Series
        A row of the comparison table.

    Returns
    -------
    str
        One of :data:`VERDICTS`, in English.

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
