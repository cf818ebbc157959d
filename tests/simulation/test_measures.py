"""Measures of hand-made records, with values worked out by hand."""

import numpy as np
import pytest
from small_networks import (
    acuity,
    boats,
    desk,
    health_post,
    inflow,
    network,
    population,
    reception,
    rescue,
    site,
    trucks,
    ward,
)

from simulation.engine import simulate
from simulation.measures import CATEGORIES, MEASURES, dataset, exceeds, measure, summarize
from simulation.network import Network
from simulation.records import (
    GROUP_COLUMNS,
    GROUP_OUTCOMES,
    STATE_COLUMNS,
    STEP_COLUMNS,
    STEP_OUTCOMES,
    STEPS,
    Records,
    columns_table,
)

UNTIL = 72.0
NEVER = np.nan


def plan(**changed):
    values = {
        "inflows": (inflow(cut_off=0.1, rescue="rescue"),),
        "rescues": (rescue(boats(2)),),
        "receptions": (reception(desk(2), health_post="post"),),
        "sites": (site(10, onward="trucks"),),
        "transports": (trucks(1),),
        "health_posts": (
            health_post(
                classes=(acuity("red", 0.5, standard=0.5), acuity("green", 0.5, standard=4.0)),
                ward="ward",
            ),
        ),
        "wards": (ward(2),),
    }
    return network(UNTIL, **(values | changed))


PLAN = plan()


def step(name, requested, started, ended, outcome, *, group=0, persons=1, facility, acuity=-1):
    """Return one row of the table of steps."""
    return (
        group,
        0,
        persons,
        STEPS.index(name),
        PLAN.facilities.index(facility),
        acuity,
        requested,
        started,
        ended,
        STEP_OUTCOMES.index(outcome),
    )


def at_desk(*times, **more):
    return step("registration", *times, **more, facility="registration desks")


def placement(*times, **more):
    return step("placement", *times, **more, facility="site")


def records(steps=(), states=(), groups=(), until=UNTIL):
    """Build records; groups are (persons, children, women, unaccompanied, vulnerable, outcome).

    One of the children of each group is under five.
    """
    known = ("persons", "children", "women", "unaccompanied", "vulnerable", "outcome")
    people = [
        dict(zip(known, group, strict=True)) | {"group": n, "under_five": min(group[1], 1)}
        for n, group in enumerate(groups)
    ]
    for group in people:
        group["outcome"] = GROUP_OUTCOMES.index(group["outcome"])
    people = [tuple(group.get(c.name, 0) for c in GROUP_COLUMNS) for group in people]

    def table(columns, rows):
        return columns_table(columns, list(zip(*rows, strict=True)) or [[]] * len(columns))

    coded = [(PLAN.facilities.index(name), *state) for name, *state in states]
    return Records(
        steps=table(STEP_COLUMNS, steps),
        states=table(STATE_COLUMNS, coded),
        groups=table(GROUP_COLUMNS, people),
        until=until,
    )


FAMILY = (5, 3, 1, False, 1, "in_site")
CHILD = (1, 1, 0, True, 0, "in_site")


def values(**tables):
    return dataset([measure(records(**tables), PLAN)], PLAN).isel(replication=0)


# Waits


def test_unfinished_waits_count_as_far_as_they_got():
    result = values(
        steps=[
            at_desk(10.0, 11.0, 12.0, "served", persons=4),
            at_desk(62.0, NEVER, NEVER, "waiting", group=1, persons=2),
            at_desk(20.0, NEVER, 23.0, "left_without_service", group=2, persons=2),
        ],
        groups=[FAMILY] * 3,
    ).sel(step="registration")
    assert result["waiting_time_mean"] == (4 * 1 + 2 * 10 + 2 * 3) / 8
    assert result["persons_requesting"] == 8
    assert result["persons_served"] == 4
    assert result["persons_still_waiting"] == 2
    assert result["persons_leaving"] == 2
    assert result["persons_late"] == 2  # the standard is 4 h


def test_wait_that_nine_in_ten_persons_do_not_exceed():
    rows = [
        at_desk(0.0, wait, wait, "served", persons=persons)
        for wait, persons in ((1.0, 50), (2.0, 39), (3.0, 2), (9.0, 9))
    ]
    result = values(steps=rows, groups=[FAMILY]).sel(step="registration")
    assert result["waiting_time_p90"] == 3.0


def test_a_step_nobody_asked_for_has_no_wait():
    result = values(groups=[FAMILY]).sel(step="rescue")
    assert np.isnan(result["waiting_time_mean"])
    assert np.isnan(result["waiting_time_p90"])
    assert result["persons_requesting"] == 0


@pytest.mark.parametrize(
    ("wait", "late"), [(4.0, 0), (4.0 + 1e-12, 0), (4.001, 1)], ids=["at", "rounding", "beyond"]
)
def test_the_standard_itself_is_not_late(wait, late):
    result = values(steps=[at_desk(30.0, 30.0 + wait, 40.0, "served")], groups=[FAMILY])
    assert result["late"].sel(facility="registration desks").values.tolist() == [0, late, 0]


def test_patients_are_late_by_the_standard_of_their_class():
    rows = [
        step("consultation", 1.0, 2.0, 3.0, "served", facility="post", acuity=0),
        step("consultation", 1.0, 2.0, 3.0, "served", facility="post", acuity=1),
    ]
    result = values(steps=rows, groups=[FAMILY])
    assert result["persons_late"].sel(step="consultation") == 1


def test_requests_belong_to_the_day_they_are_made():
    rows = [at_desk(t, t, t, "served", persons=3) for t in (0.0, 23.9, 24.0, 71.9)]
    result = values(steps=rows, groups=[FAMILY])
    assert result["requests"].sel(facility="registration desks").values.tolist() == [6, 3, 3]


# States


def test_states_by_day():
    result = values(
        states=[
            ("site", 0.0, 2, 1, 10),
            ("site", 12.0, 8, 0, 10),
            ("site", 24.0, 4, 0, 10),
            ("site", 60.0, 12, 7, 10),
        ],
    ).sel(facility="site")
    assert result["peak_busy"].values.tolist() == [8, 4, 12]
    assert result["mean_busy"].values.tolist() == [5, 4, 8]
    assert result["peak_waiting"].values.tolist() == [1, 0, 7]
    assert result["peak_demand"].values.tolist() == [8, 4, 19]
    assert result["hours_over_capacity"] == 2 * 12.0


def test_state_lasts_over_days_without_change():
    result = values(states=[("site", 0.0, 3, 0, 2)]).sel(facility="site")
    assert result["mean_busy"].values.tolist() == [3, 3, 3]
    assert result["hours_over_capacity"] == 72.0


def test_servers_are_not_over_capacity_in_persons():
    result = values(states=[("registration desks", 0.0, 5, 0, 2)])
    assert result["hours_over_capacity"].sum() == 0


def test_last_day_of_a_run_that_ends_within_it():
    short = plan()
    short = Network(
        **{f: getattr(short, f) for f in short.__dataclass_fields__} | {"run_length": 30.0}
    )
    table = records(states=[("site", 0.0, 2, 0, 10), ("site", 27.0, 6, 0, 10)], until=30.0)
    result = dataset([measure(table, short)], short).sel(facility="site", replication=0)
    assert result["mean_busy"].values.tolist() == [2, 4]


# People


def test_nights_without_a_place():
    result = values(
        steps=[
            # A family of 5 comes at 20, queues until 30, is registered until 31 and then has to
            # wait: midnights at 24 and 48 without a place.
            at_desk(20.0, 30.0, 31.0, "served", persons=5),
            placement(31.0, 50.0, NEVER, "in_service", persons=5),
            # A child alone loses its place at 40 and finds none until the end at 72.
            placement(1.0, 1.0, 40.0, "displaced_again", group=1),
            placement(40.0, NEVER, NEVER, "waiting", group=1),
        ],
        groups=[FAMILY, CHILD],
    )
    assert result["total_nights_without_place"] == 5 * 2 + 1 * 2
    by = result["nights_without_place"].to_series()
    assert by.tolist() == [3 * 2 + 2, 1 * 2, 1 * 2, 1 * 2 + 2, 2, 1 * 2, 5 * 2, 0, 0]
    assert result["children_alone_late"] == 1


def test_night_at_the_desk_counts():
    rows = [at_desk(20.0, 23.0, 25.0, "served"), at_desk(47.0, 47.5, NEVER, "in_service", group=1)]
    result = values(steps=rows, groups=[CHILD, CHILD])
    assert result["total_nights_without_place"] == 1 + 2
    assert result["children_alone_late"] == 0


def test_time_before_reception_is_no_night_without_a_place():
    rows = [step("rescue", 1.0, 60.0, 61.0, "served", facility="boats")]
    assert values(steps=rows, groups=[FAMILY])["total_nights_without_place"] == 0


def test_people_by_outcome_and_category():
    lost = (4, 1, 2, False, 2, "not_reached")
    result = values(groups=[FAMILY, CHILD, lost])
    by_outcome = result["persons_by_outcome"].to_series()
    assert by_outcome["in_site"] == 6
    assert by_outcome["not_reached"] == 4
    assert by_outcome.sum() == result["persons_entered"] == 10
    assert result["groups_entered"] == 3
    assert result["persons"].to_series().to_dict() == dict(
        zip(CATEGORIES, (5, 3, 2, 3, 1, 3, 9, 0, 0), strict=True)
    )
    assert result["not_reached"].to_series().tolist() == [1, 2, 1, 1, 0, 2, 4, 0, 0]


def test_patients_unseen_and_sent_elsewhere():
    rows = [
        step("consultation", 1.0, NEVER, 2.0, "left_without_service", facility="post", acuity=0),
        step("ward", 1.0, NEVER, 2.0, "transferred", facility="ward"),
        step("ward", 1.0, 2.0, 3.0, "served", facility="ward"),
        placement(1.0, NEVER, 2.0, "transferred"),
    ]
    result = values(steps=rows, groups=[FAMILY])
    assert result["patients_left_unseen"] == 1
    assert result["patients_sent_elsewhere"] == 1
    leaving = result["persons_leaving"].to_series()
    assert leaving[["consultation", "ward"]].tolist() == [1, 1]


# The dataset


def test_every_measure_is_in_the_dataset_with_dims_unit_and_description():
    result = dataset([measure(records(groups=[FAMILY]), PLAN)] * 2, PLAN, first=7)
    assert len({m.name for m in MEASURES}) == len(MEASURES)
    for m in MEASURES:
        assert result[m.name].dims == ("replication", *m.dims)
        assert result[m.name].attrs == {"units": m.unit, "long_name": m.description}
        assert m.unit
        assert m.description
    assert set(result) == {m.name for m in MEASURES} | {"capacity", "standard"}
    assert result["replication"].values.tolist() == [7, 8]
    assert result["date"].values.astype("datetime64[D]").astype(str).tolist() == [
        "2022-07-01",
        "2022-07-02",
        "2022-07-03",
    ]
    assert result["capacity"].sel(facility="site").values.tolist() == [10, 10, 10]
    assert result["standard"].sel(facility=["boats", "post", "site"]).values.tolist() == [24, 4, 24]


def test_nobody_at_all():
    empty = plan()
    result = dataset([measure(simulate(empty, population([])), empty)], empty)
    for m in MEASURES:
        if m.name == "capacity_in_place":
            continue
        known = result[m.name].values[~np.isnan(result[m.name].values)]
        assert (known == 0).all()


def test_exceeds():
    result = dataset(
        [
            measure(
                records(
                    states=[
                        ("site", 0.0, 10, 0, 10),
                        ("site", 30.0, 10, 1, 10),
                        ("site", 48.0, 4, 0, 10),
                    ],
                    steps=[
                        at_desk(1.0, 9.0, 9.5, "served", persons=9),
                        at_desk(30.0, 39.0, 39.5, "served", persons=10),
                        at_desk(50.0, 59.0, 59.5, "served", persons=10),
                        at_desk(50.0, 50.0, 59.5, "served", persons=190),
                    ],
                    groups=[FAMILY],
                ),
                PLAN,
            )
        ],
        PLAN,
    )
    beyond = exceeds(result).isel(replication=0)
    assert beyond.sel(facility="site").values.tolist() == [False, True, False]
    # 9 late are too few to count, 10 of 10 fail, 10 of 200 are not more than 5 %.
    assert beyond.sel(facility="registration desks").values.tolist() == [False, True, False]
    assert not beyond.sel(facility=["boats", "post", "ward"]).any()


def test_summary_over_replications():
    several = [
        measure(records(groups=[FAMILY] * count, steps=[at_desk(0.0, wait, wait, "served")]), PLAN)
        for count, wait in ((1, 1.0), (2, 2.0), (6, 3.0))
    ]
    table = summarize(dataset(several, PLAN)).set_index(["measure", "of"])
    persons = table.loc[("persons_entered", "")]
    assert persons["mean"] == 15.0
    assert persons["median"] == 10.0
    assert persons["unit"] == "persons"
    # Student's 97.5 % quantile with two degrees of freedom is 4.303.
    half = 4.302653 * np.std([5, 10, 30], ddof=1) / np.sqrt(3)
    assert persons["mean_high"] == pytest.approx(15.0 + half)
    assert persons["mean_low"] == pytest.approx(15.0 - half)
    assert table.loc[("waiting_time_mean", "rescue")]["replications"] == 0
    assert np.isnan(table.loc[("waiting_time_mean", "rescue")]["mean"])
    assert table.loc[("waiting_time_mean", "registration")]["mean"] == 2.0


def test_one_replication_has_no_interval():
    table = summarize(dataset([measure(records(groups=[FAMILY]), PLAN)], PLAN))
    row = table[table["measure"] == "persons_entered"].iloc[0]
    assert row["mean"] == 5.0
    assert np.isnan(row["mean_low"])
