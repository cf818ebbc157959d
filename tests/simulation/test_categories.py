"""Kinds of households: places meant for some, fallbacks, checks that miss, procedures, clocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    desk,
    fixed,
    network,
    outcomes,
    poisson_population,
    population,
    reception,
    rows_of,
    site,
    story,
)

from simulation.categories import CATEGORIES, HOUSEHOLDS, household_kinds
from simulation.engine import simulate
from simulation.measures import dataset, measure
from simulation.network import NetworkError
from simulation.parts import Clock, SiteOption

LONG = fixed(1000.0)


def crowd(*kinds, at=None, **changed):
    """One group per kind, in order, arriving together or at given times."""
    persons = [4 if kind == "families" else 1 for kind in kinds]
    children = [2 if kind == "families" else int(kind.startswith("un")) for kind in kinds]
    women = [1 if kind in {"families", "women alone"} else 0 for kind in kinds]
    alone = [kind == "unaccompanied children" for kind in kinds]
    return population(
        np.zeros(len(kinds)) if at is None else at,
        persons,
        children=np.array(children),
        women=np.array(women),
        unaccompanied=np.array(alone),
        **changed,
    )


def camp(*options, sites, hours=400.0, desks=(), **changed):
    return network(
        hours,
        receptions=(reception(*desks, sites=options, **changed),),
        sites=sites,
    )


def placed(plan, people):
    """Site and time of placement by group; None for those without."""
    rows = [row for row in story(plan, people) if row[1] == "placement"]
    return {row[0]: (row[2], row[4]) if row[4] is not None else None for row in rows}


def result_of(plan, people):
    return dataset([measure(simulate(plan, people), plan)], plan).isel(replication=0)


def test_kinds_of_households():
    people = crowd(*HOUSEHOLDS)
    kinds = household_kinds(people.persons, people.women, people.unaccompanied)
    assert [HOUSEHOLDS[kind] for kind in kinds] == list(HOUSEHOLDS)


SAFE = (
    site(2, LONG, name="children's wing", meant_for=("unaccompanied children",)),
    site(2, LONG, name="women's wing", meant_for=("women alone", "families")),
    site(100, LONG, name="hall", meant_for=("men alone",)),
)
ORDER = (
    SiteOption("children's wing", 0.0),
    SiteOption("women's wing", 0.0),
    SiteOption("hall", 0.0, others_after=12.0),
)


def test_everyone_gets_the_places_meant_for_them():
    plan = camp(*ORDER, sites=SAFE)
    people = crowd("men alone", "women alone", "unaccompanied children")
    assert placed(plan, people) == {
        0: ("hall", 0.0),
        1: ("women's wing", 0.0),
        2: ("children's wing", 0.0),
    }


def test_the_hall_takes_others_only_after_the_wait_and_that_is_counted():
    plan = camp(*ORDER, sites=SAFE)
    people = crowd(*["unaccompanied children"] * 3)
    assert placed(plan, people) == {
        0: ("children's wing", 0.0),
        1: ("children's wing", 0.0),
        2: ("hall", 12.0),
    }
    result = result_of(plan, people)["in_other_places"].to_series()
    assert result["unaccompanied children"] == 1
    assert result["children"] == 1
    assert result["men"] == 0


def test_one_who_waits_for_a_wing_does_not_block_those_of_another():
    plan = camp(*ORDER, sites=SAFE)
    people = crowd("women alone", "women alone", "women alone", "men alone")
    told = placed(plan, people)
    assert told[3] == ("hall", 0.0)
    assert told[2] == ("hall", 12.0)


def test_without_a_fallback_people_wait_or_leave():
    options = (*ORDER[:2], SiteOption("hall", 0.0, others_after=500.0))
    plan = camp(*options, sites=SAFE, gives_up_after=fixed(48.0))
    people = crowd(*["unaccompanied children"] * 3)
    assert outcomes(simulate(plan, people)) == ["in_site", "in_site", "left_without_place"]
    result = result_of(plan, people)["left_without_place"].to_series()
    assert result["unaccompanied children"] == 1


def test_those_who_are_meant_for_the_hall_are_not_passed_by_the_others():
    full = (SAFE[0], SAFE[1], site(1, fixed(20.0), name="hall", meant_for=("men alone",)))
    plan = camp(*ORDER, sites=full)
    people = crowd("men alone", "women alone", "women alone", "women alone", "men alone")
    told = placed(plan, people)
    # The woman asked before the second man and may use the hall by the time it is free.
    assert told[3] == ("hall", 20.0)
    assert told[4] == ("hall", 40.0)


def test_found_vulnerable_go_first():
    check = desk(10, fixed(0.0), name="check", kind="vulnerability_check", finds=1.0)
    plans = [
        camp("site", sites=(site(1, fixed(10.0)),), desks=(check,), vulnerable_first=first)
        for first in (False, True)
    ]
    people = population([0.0, 1.0, 2.0, 3.0], vulnerable=np.array([0, 0, 0, 1]))
    assert [place[1] for place in placed(plans[0], people).values()] == [0.0, 10.0, 20.0, 30.0]
    assert [place[1] for place in placed(plans[1], people).values()] == [0.0, 20.0, 30.0, 10.0]


def test_the_check_misses_its_share_and_finds_nobody_who_is_not_vulnerable():
    check = desk(1000, fixed(0.0), name="check", kind="vulnerability_check", finds=0.7)
    plan = camp("site", sites=(site(),), desks=(check,))
    vulnerable = np.tile([0, 2], 2000)
    people = population(np.linspace(0, 100, 4000), persons=3, vulnerable=vulnerable)
    groups = simulate(plan, people).groups
    assert groups["checked"].all()
    assert not groups["identified"][vulnerable == 0].any()
    found = groups["identified"][vulnerable == 2].mean()
    assert abs(found - 0.7) < 3 * np.sqrt(0.21 / 2000)
    missed = float(result_of(plan, people)["vulnerable_missed"])
    assert missed == pytest.approx(2 * 2000 * (1 - found))


def test_without_a_check_nobody_is_missed():
    plan = camp("site", sites=(site(),))
    people = population([0.0], vulnerable=np.array([1]))
    assert float(result_of(plan, people)["vulnerable_missed"]) == 0


def test_desks_for_some_are_passed_by_them_alone():
    only = desk(name="women's desk", only=("women alone",))
    plan = camp("site", sites=(site(),), desks=(only,))
    told = story(plan, crowd("women alone", "men alone"))
    assert [row[0] for row in told if row[2] == "women's desk"] == [0]


PROCEDURE = desk(
    1,
    fixed(50.0),
    name="best interest",
    kind="best_interest",
    only=("unaccompanied children",),
    while_staying=True,
)


def test_children_stay_until_their_procedure_is_done():
    plan = camp("site", sites=(site(10, fixed(20.0)),), desks=(PROCEDURE,))
    people = crowd("unaccompanied children", "unaccompanied children", "men alone")
    told = story(plan, people)
    assert placed(plan, people)[0] == ("site", 0.0)
    ends = {row[0]: row[5] for row in told if row[1] == "placement"}
    assert ends == {0: 50.0, 1: 100.0, 2: 20.0}
    # Waiting for it is not a wait without a place.
    result = result_of(plan, people)
    assert float(result["total_nights_without_place"]) == 0


def test_a_child_who_leaves_without_a_place_leaves_the_procedure_too():
    plan = camp("site", sites=(site(0, LONG),), desks=(PROCEDURE,), gives_up_after=fixed(30.0))
    told = story(plan, crowd("unaccompanied children", "unaccompanied children"))
    ends = [row[5:] for row in told if row[1] == "best_interest"]
    assert ends == [(30.0, "left_without_service"), (30.0, "left_without_service")]


def test_a_child_whose_place_is_lost_keeps_its_procedure():
    lost = site(10, fixed(20.0), name="lost").places.changed(at=10.0, to=0)
    sites = (site(lost, fixed(20.0), name="lost"), site(10, fixed(20.0), name="other"))
    plan = camp("lost", "other", sites=sites, desks=(PROCEDURE,))
    told = story(plan, crowd("unaccompanied children"))
    assert [row[2:] for row in told if row[1] == "placement"] == [
        ("lost", 0.0, 0.0, 10.0, "displaced_again"),
        ("other", 10.0, 10.0, 50.0, "served"),
    ]


def test_stays_differ_by_kind_and_use_the_same_draw():
    longer = site(stay=fixed(10.0), stays=(("unaccompanied children", fixed(40.0)),))
    plan = camp("site", sites=(longer,))
    told = story(plan, crowd("men alone", "unaccompanied children", "families"))
    assert [row[5] for row in told] == [10.0, 40.0, 10.0]


def test_clocks_count_persons_by_category():
    limits = (
        Clock("24 hours without a place", "place", 24.0),
        Clock("registered in two days", "registration", 48.0),
    )
    plan = network(
        400.0,
        receptions=(reception(desk(1, fixed(30.0))),),
        sites=(site(),),
        clocks=limits,
    )
    people = crowd("families", "women alone", "men alone")
    result = result_of(plan, people)["beyond_clock"]
    # The family is registered after 30 hours, the others after 60 and 90.
    without = result.sel(clock=limits[0].name).to_series()
    assert without["children"] == 2
    assert without["people in families"] == 0 + 4
    assert without["women alone"] == 1
    late = result.sel(clock=limits[1].name).to_series()
    assert late["people in families"] == 0
    assert (late["women alone"], late["men alone"]) == (1, 1)


def test_unfinished_procedures_count_until_the_end_of_the_run():
    clock = Clock("procedure in five days", "best_interest", 120.0)
    plan = network(
        200.0,
        receptions=(reception(PROCEDURE),),
        sites=(site(stay=fixed(20.0)),),
        clocks=(clock,),
    )
    people = crowd(*["unaccompanied children"] * 5)
    result = result_of(plan, people)["beyond_clock"].sel(clock=clock.name).to_series()
    assert result["unaccompanied children"] == 3


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"sites": (site(meant_for=("men alone",)),)}, "no site is meant for families"),
        ({"sites": (site(meant_for=("men",)),)}, "no kind of household 'men'"),
        ({"sites": (site(stays=(("boys", fixed(1.0)),)),)}, "no kind of household 'boys'"),
        ({"receptions": (reception(desk(only=("all",))),)}, "no kind of household 'all'"),
        ({"receptions": (reception(desk(kind="tea")),)}, "'tea' is no kind of desk"),
        ({"receptions": (reception(desk(finds=2.0)),)}, "a share lies between 0 and 1"),
        (
            {"receptions": (reception(desk(kind="vulnerability_check", while_staying=True)),)},
            "made before the place is given",
        ),
        ({"clocks": (Clock("c", "tea", 1.0),)}, "until is 'tea'"),
        ({"clocks": (Clock("c", "place", 0.0),)}, "must be above 0"),
    ],
)
def test_impossible_reception_is_refused(parts, message):
    with pytest.raises(NetworkError, match=message):
        network(**parts)


@settings(max_examples=30, deadline=None)
@given(
    capacities=st.tuples(*[st.integers(0, 12)] * 3),
    after=st.sampled_from([0.0, 5.0, 24.0]),
    seed=st.integers(0, 50),
    fits=st.booleans(),
)
def test_wings_never_hold_more_than_their_places_and_nobody_is_lost(capacities, after, seed, fits):
    sites = tuple(
        site(places, fixed(30.0), name=one.name, meant_for=one.meant_for)
        for places, one in zip(capacities, SAFE, strict=True)
    )
    options = tuple(SiteOption(one.site, 0.0, after) for one in ORDER)
    plan = camp(
        *options, sites=sites, hours=120.0, gives_up_after=fixed(40.0), first_that_fits=fits
    )
    people = poisson_population(0.6, 100.0, seed)
    kinds = seed % 4
    alone = np.arange(len(people)) % 4 == kinds
    women = ((np.arange(len(people)) % 3 == 0) & ~alone).astype(np.int64)
    mixed = crowd(*["men alone"] * len(people), at=people.arrived)
    mixed.unaccompanied[:] = alone
    mixed.women[:] = women
    mixed.children[:] = alone
    records = simulate(plan, mixed)
    states = records.states
    assert (states["busy"] <= states["capacity"]).all()
    assert (states["waiting"] >= 0).all()
    result = dataset([measure(records, plan)], plan).isel(replication=0)
    assert float(result["persons_by_outcome"].sum()) == len(people)
    by = result["persons"].to_series()
    assert by[list(CATEGORIES[:3])].sum() == len(people)
    placed_rows = rows_of(records, "placement")
    in_wing = placed_rows[placed_rows["facility"] == plan.facilities.index("children's wing")]
    begun = in_wing[in_wing["started"].notna()]
    others = begun[~mixed.unaccompanied[begun["group"]]]
    assert (others["wait"] >= after).all()
