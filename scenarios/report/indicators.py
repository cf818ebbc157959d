"""Indicators of international frameworks, each with its definition and what a run says to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from scenarios import summaries
from scenarios.language import say
from scenarios.numbers import NOTHING, count
from scenarios.report.tables import Table, with_range

if TYPE_CHECKING:
    from scenarios.report.inputs import ReportInputs


class Indicator(NamedTuple):
    """An indicator of a framework.

    Parameters
    ----------
    framework, definition, basis, unit : str
        ``basis`` says what of the simulation stands for it, and what does not.
    measure : str
        Name of a single number of the run, ``outcome:NAME``, ``forecast``, or empty when a run
        cannot say anything.
    rate : bool
        Whether the framework asks for a rate per 100,000 of the population.

    """

    framework: str
    definition: str
    basis: str
    unit: str
    measure: str
    rate: bool = False


INDICATORS: Final = (
    Indicator(
        "SDG 10.7.3",
        "People who died or disappeared in the process of migration towards an international "
        "destination (custodian: IOM)",
        "Dead and missing in transit of the simulation, whether or not a border is crossed",
        "persons",
        "total_deaths_in_transit",
    ),
    Indicator(
        "Sendai A-1",
        "Deaths and missing persons attributed to disasters, per 100,000 population",
        "Dead and missing in transit of the simulation only, in the period of the run",
        "persons",
        "total_deaths_in_transit",
        rate=True,
    ),
    Indicator(
        "Sendai B-1",
        "People directly affected by disasters, per 100,000 population",
        "Only those who ask for the services simulated here, a part of all directly affected, in "
        "the period of the run",
        "persons",
        "persons_entered",
        rate=True,
    ),
    Indicator(
        "IDMC internal displacements",
        "Movements of people forced from home in the period; one person may count more than once",
        "The forecast of the places this report is about",
        "movements",
        "forecast",
    ),
    Indicator(
        "Global Compact objective 7",
        "Address and reduce vulnerabilities in migration",
        "Vulnerable people whom the check does not recognize",
        "persons",
        "vulnerable_missed",
    ),
    Indicator(
        "Global Compact objective 7",
        "Address and reduce vulnerabilities in migration",
        "Children alone without a place for over 24 hours",
        "persons",
        "children_alone_late",
    ),
    Indicator(
        "Global Compact objective 8",
        "Save lives and establish coordinated efforts on missing migrants",
        "People cut off whom rescue does not reach in time",
        "persons",
        "outcome:not_reached",
    ),
    Indicator(
        "Global Compact objective 15",
        "Provide access to basic services",
        "Nights without a place",
        "person-nights",
        "total_nights_without_place",
    ),
    Indicator(
        "Global Compact objective 15",
        "Provide access to basic services",
        "Patients who leave a health post unseen",
        "persons",
        "patients_left_unseen",
    ),
    Indicator(
        "Global Compact objective 23",
        "Strengthen international cooperation",
        "Not a number of a run: share the forecast with `safepassage share`",
        "",
        "",
    ),
)
"""Every indicator of the report, by framework; definitions as their custodians word them, short."""


PER: Final = 100_000
"""Of the population, in the rates of the Sendai Framework."""


def indicator_table(inputs: ReportInputs) -> Table:
    """Return the indicators with their definitions and values over the simulated futures."""
    numbers = summaries.scalars(inputs.measures)
    rows = []
    for one in INDICATORS:
        spread = None
        if one.measure == "forecast":
            spread = summaries.spread(summaries.totals(inputs.forecast))
        elif one.measure.startswith("outcome:"):
            spread = summaries.outcome(inputs.measures, one.measure.removeprefix("outcome:"))
        elif one.measure in numbers:
            spread = numbers[one.measure]
        unit, factor = say(one.unit), 1.0
        if one.rate and inputs.population is not None:
            unit, factor = say("persons per 100,000 population"), PER / inputs.population
        elif one.rate:
            unit = say("persons, no rate: the scenario does not state the population")
        value = NOTHING
        if spread is not None:
            value = with_range(*(factor * spread[name] for name in ("median", "low", "high")))
        words = (say(one.framework), say(one.definition), say(one.basis))
        rows.append((*words, value, unit or NOTHING))
    note = say(
        "Values of a simulation for planning; they are not statistics to report to a custodian."
    )
    if inputs.population is not None:
        note += " " + say(
            "Rates are of the {persons} persons that the scenario states as the population of the "
            "area, for the period of the run and not for a year.",
            persons=count(inputs.population, digits=7),
        )
    return Table(
        say(
            "Indicators of international frameworks: median (90 % range over the simulated futures)"
        ),
        (
            say("Indicator"),
            say("Definition"),
            say("What of this run stands for it"),
            say("Value"),
            say("Unit"),
        ),
        tuple(rows),
        note,
    )
