"""Formulas of search and survival against numbers worked out by hand or by integration."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from simulation.rescue_theory import (
    alive_when_found,
    detection_in_growing_area,
    loss_of_two_units,
)
from simulation.search import Effort
from simulation.survival import (
    heat_median,
    survival_in_heat,
    survival_in_water,
    time_to_hypothermia,
    water_parameters,
)
from simulation.sweep_widths import (
    NAUTICAL_MILE,
    PERSON_IN_WATER,
    SENSORS,
    SWEEP_WIDTHS,
    sweep_width,
)
from simulation.theory import erlang_b


@pytest.mark.parametrize(
    ("target", "sensor", "miles", "knots", "hours", "area", "pod"),
    [
        (PERSON_IN_WATER, "helicopter", 5, 90, 2, 100, 0.165),
        (PERSON_IN_WATER, "boat", 5, 20, 6, 100, 0.302),
        ("raft for 4", "helicopter", 5, 90, 2, 400, 0.513),
        ("boat of 10 m", "helicopter", 10, 90, 2, 1000, 0.672),
    ],
)
def test_probability_of_detection_of_worked_examples(
    target, sensor, miles, knots, hours, area, pod
):
    speed = knots * NAUTICAL_MILE
    width = sweep_width(
        target, sensor, visibility=miles * NAUTICAL_MILE, wave_height=0.5, speed=speed
    )
    effort = Effort(area * NAUTICAL_MILE**2, 0.0, 0.0)
    effort.swept[1] = width * speed
    effort.change(0.0)
    effort.change(hours)
    assert effort.pod == pytest.approx(pod, abs=0.001)


def test_people_in_the_water_are_ten_to_forty_times_harder_to_find():
    for sensor in SENSORS:
        seen = {"visibility": 5 * NAUTICAL_MILE, "wave_height": 0.5, "speed": 90 * NAUTICAL_MILE}
        afloat = sweep_width("crowded dinghy", sensor, **seen)
        swimming = sweep_width(PERSON_IN_WATER, sensor, **seen)
        assert 10 < afloat / swimming < 40


def test_seas_fog_and_speed_narrow_the_sweep():
    calm = {"visibility": 18.52, "wave_height": 0.5, "speed": 90 * NAUTICAL_MILE}
    width = sweep_width("raft for 4", "boat", **calm)
    assert width == pytest.approx(3.1 * NAUTICAL_MILE)
    assert sweep_width("raft for 4", "boat", **(calm | {"wave_height": 1.2})) == width * 0.5
    assert sweep_width("raft for 4", "boat", **(calm | {"wave_height": 2.0})) == width * 0.25
    large = sweep_width("boat of 24 m", "boat", **calm)
    rough = sweep_width("boat of 24 m", "boat", **(calm | {"wave_height": 2.0}))
    assert rough == pytest.approx(0.9 * large)
    between = sweep_width("raft for 4", "boat", **(calm | {"visibility": 4 * NAUTICAL_MILE}))
    assert between == pytest.approx((1.7 + 2.2) / 2 * NAUTICAL_MILE)
    slow = sweep_width(PERSON_IN_WATER, "helicopter", **(calm | {"speed": 60 * NAUTICAL_MILE}))
    assert slow == pytest.approx(1.5 * sweep_width(PERSON_IN_WATER, "helicopter", **calm))


def test_every_row_has_a_width_for_every_column():
    for widths in SWEEP_WIDTHS.values():
        assert [len(row) for row in widths] == [len(miles) for miles in SENSORS.values()]
        assert all(list(row) == sorted(row) for row in widths)


def test_unknown_rows_and_columns_are_named():
    seen = {"visibility": 10.0, "wave_height": 0.0, "speed": 10.0}
    with pytest.raises(ValueError, match="no sweep width for 'whale'; known: person in water"):
        sweep_width("whale", "boat", **seen)
    with pytest.raises(ValueError, match="sensor 'satellite'; known: helicopter, fixed wing"):
        sweep_width("raft for 4", "satellite", **seen)


@given(
    area=st.floats(0.0, 500.0),
    drift=st.floats(0.1, 5.0),
    begins=st.floats(0.5, 20.0),
    rate=st.floats(1.0, 200.0),
    lasts=st.floats(0.1, 48.0),
)
def test_hazard_of_a_growing_area_is_the_integral(area, drift, begins, rate, lasts):
    effort = Effort(area, drift, 0.0)
    effort.swept[1] = rate
    effort.change(begins)
    effort.change(begins + lasts)
    radius = math.sqrt(area / math.pi)
    summed, _ = integrate.quad(
        lambda t: rate / (math.pi * (radius + drift * t) ** 2), begins, begins + lasts
    )
    assert effort.hazard == pytest.approx(summed, rel=1e-6)
    found = detection_in_growing_area(
        sweep_width=1.0, speed=rate, area=area, drift=drift, begins=begins, lasts=lasts
    )
    assert effort.pod == pytest.approx(found, rel=1e-9)


@given(
    area=st.floats(1.0, 500.0),
    drift=st.sampled_from([0.0, 0.5, 3.0]),
    begins=st.floats(0.0, 20.0),
    rate=st.floats(1.0, 200.0),
    target=st.floats(0.01, 3.0),
)
def test_time_to_a_hazard_is_its_inverse(area, drift, begins, rate, target):
    effort = Effort(area, drift, 0.0)
    effort.swept[1] = rate
    effort.change(begins)
    time = effort.time_to(target)
    if time == math.inf:
        effort.change(1e9)
        assert effort.hazard < target
    else:
        effort.change(begins + time)
        assert effort.hazard == pytest.approx(target, rel=1e-6)
        assert effort.time_to(target * 0.5) == 0.0


def test_units_that_search_together_add_up_and_nobody_finds_nothing():
    effort = Effort(100.0, 0.0, 0.0)
    assert effort.time_to(1.0) == math.inf
    effort.swept |= {1: 10.0, 2: 15.0}
    effort.change(0.0)
    assert effort.time_to(0.5) == 2.0
    effort.change(2.0)
    del effort.swept[2]
    effort.change(2.0)
    effort.change(5.0)
    assert effort.hazard == pytest.approx(0.5 + 0.3)


def test_a_known_position_is_found_at_once():
    effort = Effort(0.0, 1.0, 0.0)
    effort.swept[1] = 1.0
    effort.change(0.0)
    assert effort.time_to(3.0) == 0.0
    effort.change(0.1)
    assert effort.hazard == math.inf


def test_hayward_in_minutes():
    minutes = {0: 107, 5: 132, 10: 177, 13: 225, 15: 277, 18: 431}
    for temperature, expected in minutes.items():
        assert 60 * time_to_hypothermia(temperature) == pytest.approx(expected, abs=0.5)
    with pytest.raises(ValueError, match="below 23 degC; given: 25"):
        time_to_hypothermia(25.0)


def test_hayward_lies_within_the_range_of_the_table():
    for temperature in range(5, 21):
        median, sigma = water_parameters(temperature, lifejacket=True)
        low, high = (median * math.exp(side * 1.645 * sigma) for side in (-1, 1))
        assert low < time_to_hypothermia(temperature) < high


@given(u=st.floats(0.01, 0.99), cold=st.floats(-2.0, 35.0), warmer=st.floats(0.0, 10.0))
def test_warmer_water_and_a_lifejacket_never_shorten_the_middle_of_lives(u, cold, warmer):
    draws = np.array([0.5, 0.5])
    jacket = np.array([True, False])
    now = survival_in_water(draws, jacket, cold)
    later = survival_in_water(draws, jacket, cold + warmer)
    assert (later >= now - 1e-12).all()
    assert now[0] >= now[1]
    assert (survival_in_water(np.array([u]), jacket[:1], cold) > 0).all()


def test_heat_and_water_on_land():
    assert heat_median(21.0, 0.0) == pytest.approx(12 * 24)
    assert heat_median(48.0, 0.0) == pytest.approx(2.5 * 24)
    assert heat_median(43.0, 18.9) == pytest.approx(7 * 24)
    assert heat_median(60.0, 0.0) == heat_median(48.0, 0.0)
    times = survival_in_heat(np.linspace(0.001, 0.999, 999), 43.0, 0.0)
    assert np.median(times) == pytest.approx(72.0)
    assert (np.diff(times) > 0).all()


def test_loss_of_two_units_is_erlang_b_when_they_are_alike():
    for load in (0.1, 1.0, 4.0):
        ours = loss_of_two_units(arrival_rate=load, rates=(1.0, 1.0))
        assert ours == pytest.approx(erlang_b(offered_load=load, servers=2))
    slow_second = loss_of_two_units(arrival_rate=1.0, rates=(1.0, 0.5))
    assert slow_second > loss_of_two_units(arrival_rate=1.0, rates=(1.0, 1.0))


def test_closed_forms_refuse_what_they_do_not_hold_for():
    with pytest.raises(ValueError, match="rates must be above 0"):
        loss_of_two_units(arrival_rate=0.0, rates=(1.0, 1.0))
    with pytest.raises(ValueError, match="drift 0 must be above 0"):
        detection_in_growing_area(
            sweep_width=1.0, speed=1.0, area=1.0, drift=0.0, begins=0.0, lasts=1.0
        )


def test_nobody_is_dead_when_found_at_once_and_everybody_when_never():
    water = {"temperature": 15.0, "lifejacket": True}
    assert alive_when_found(detection_rate=1e4, begins=0.0, **water) == pytest.approx(1.0, abs=1e-3)
    assert alive_when_found(detection_rate=1e-4, begins=0.0, **water) < 0.01
