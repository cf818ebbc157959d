"""Households of different kinds in scenario files, and small numbers that are not shown."""

import re

import numpy as np
import pandas as pd
import pytest

from scenarios.build import build_network
from scenarios.files import load_scenario, parse_scenario
from scenarios.problems import ScenarioError
from scenarios.report.people import clock_table, people_table, persons_range, site_table
from scenarios.results import measures_table
from scenarios.small_numbers import HIDDEN, protected
from simulation.categories import HOUSEHOLDS

FLAGSHIP = load_scenario("beledweyne-flood").resolved_yaml()
DERIVED = """
schema: 1
name: households
title: Places by kind of household
question: Who waits?
based_on: beledweyne-flood
changes:
- add: sites
  because: x
  item:
    name: children-wing
    location: Belet Weyne
    places: 40 persons
    length_of_stay: 40 days
    meant_for: [unaccompanied children]
    stays:
    - {households: unaccompanied children, length_of_stay: 60 days}
- {add: beledweyne-reception.sites, because: x, item: {site: children-wing, travel_time: 1 hours}}
- {set: beledweyne-reception.vulnerable_first, to: yes, because: x}
- add: beledweyne-reception.desks
  because: x
  item:
    name: vulnerability-beledweyne
    kind: vulnerability check
    desks: 2 desks
    service_time: 20 min
    per: group
    standard: 1 days
    finds: 60 %
- add: beledweyne-reception.desks
  because: x
  item:
    name: best-interest-beledweyne
    kind: best interest procedure
    desks: {value: 1 desk, works: 08:00-16:00}
    service_time: 90 min
    per: person
    standard: 14 days
    only: [unaccompanied children]
    while_staying: yes
    shift_end: hand over
- set: legal_clocks
  because: x
  to:
  - {name: identified in three days, until: vulnerability check, limit: 72 hours}
  - {name: a bed in a day, until: place, limit: 24 hours}
"""


def with_households(*edits):
    text = DERIVED
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_households_are_built():
    network = build_network(parse_scenario(with_households()))
    reception = network.receptions[0]
    check, procedure = reception.desks[-2:]
    assert (check.kind, check.finds, check.only) == ("vulnerability_check", 0.6, ())
    assert (procedure.kind, procedure.only) == ("best_interest", ("unaccompanied children",))
    assert procedure.while_staying
    assert procedure.hands_over
    assert reception.vulnerable_first
    assert reception.sites[-1].others_after == float("inf")
    wing = next(site for site in network.sites if site.name == "children-wing")
    assert wing.meant_for == ("unaccompanied children",)
    assert wing.stays[0][1].expected() == 1440.0
    assert [clock.until for clock in network.clocks] == ["vulnerability_check", "place"]
    assert [clock.limit for clock in network.clocks] == [72.0, 24.0]


def test_a_fallback_is_built():
    text = with_households(("time: 1 hours}", "time: 1 hours, others_after: 2 days}"))
    assert build_network(parse_scenario(text)).receptions[0].sites[-1].others_after == 48.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("finds: 60 %", "shift_end: finish", "a vulnerability check needs 'finds'"),
        ("shift_end: hand over", "finds: 10 %", "no other desk has it"),
        ("finds: 60 %", "finds: 60 %\n    while_staying: yes", "comes before the place"),
        ("[unaccompanied children]", "[orphans]", "'orphans' is not known"),
        ("until: place", "until: bed", "'bed' is not known"),
        ("limit: 72 hours", "limit: 0 hours", "above zero"),
        ("kind: best interest procedure", "kind: interview", "'interview' is not known"),
    ],
)
def test_problems_of_households(old, new, message):
    with pytest.raises(ScenarioError, match=re.escape(message)):
        parse_scenario(with_households((old, new)))


def test_households_without_any_site_are_found():
    text = FLAGSHIP
    for _ in range(2):
        text = text.replace(
            "    onward: trucks", "    meant_for: [families]\n    onWard: trucks", 1
        )
    text = text.replace("onWard", "onward")
    with pytest.raises(ScenarioError, match="no site is meant for men alone; add one") as caught:
        parse_scenario(text)
    assert len(caught.value.problems) == 2 * (len(HOUSEHOLDS) - 1)


# Small numbers


def test_small_counts_of_persons_are_hidden_and_others_are_not():
    def row(median, low, high):
        return pd.Series({"x_median": median, "x_low": low, "x_high": high})

    assert persons_range(row(4.0, 0.0, 8.0), "x") == HIDDEN
    assert persons_range(row(0.0, 0.0, 0.0), "x") == "0"
    shown = persons_range(row(4.0, 0.0, 80.0), "x").replace("\N{NO-BREAK SPACE}", " ")
    assert shown == f"{HIDDEN} (0 to 80)"
    assert persons_range(row(40.0, 20.0, 80.0), "x").startswith("40 (20")


def test_hidden_in_tables_of_categories_only(inputs):
    measures = inputs.measures.copy(deep=True)
    measures["not_reached"] = measures["not_reached"] * 0 + 3.0
    measures["vulnerable_missed"] = measures["vulnerable_missed"] * 0 + 3.0
    table = measures_table(measures)
    hidden = table[table["measure"] == "not_reached"]
    assert (hidden[["mean", "median", "q95"]] == HIDDEN).all(axis=None)
    assert (table[table["measure"] == "vulnerable_missed"]["mean"] == 3.0).all()
    nights = table[table["measure"] == "nights_without_place"]
    assert np.issubdtype(np.array(nights["mean"].tolist()).dtype, np.number)


def test_protection_changes_nothing_it_was_given():
    table = pd.DataFrame({"a": [3.0, 30.0, 3.0]})
    shown = protected(table, pd.Series([True, True, False]), ["a"])
    assert shown["a"].tolist() == [HIDDEN, 30.0, 3.0]
    assert table["a"].tolist() == [3.0, 30.0, 3.0]


def test_tables_of_people_and_clocks(inputs):
    assert len(people_table(inputs).rows) == len(clock_table(inputs).rows) == 9
    assert clock_table(inputs).head[1] == "24 hours without a place"


def test_what_a_site_has_is_built_and_shown(inputs):
    text = DERIVED.replace(
        "    length_of_stay: 40 days\n",
        "    length_of_stay: 40 days\n    area: 2 ha\n    latrines: 2 latrines\n    taps: 1 tap\n"
        "    water: 3 m3/day\n",
    )
    wing = next(s for s in build_network(parse_scenario(text)).sites if s.name == "children-wing")
    assert (wing.area, wing.latrines, wing.taps, wing.water) == (20_000.0, 2, 1, 3000.0)
    with pytest.raises(ScenarioError, match=r"needs a number and a unit \(L/day, m3/day\)"):
        parse_scenario(text.replace("3 m3/day", "3 liters"))
    rows = site_table(inputs).rows
    assert rows[0][0].endswith("3.5 m2 per person")
    silent = inputs.measures.copy()
    silent["days_below_standard"] = silent["days_below_standard"] * np.nan

    class Silent:
        measures = silent

    assert site_table(Silent) is None
