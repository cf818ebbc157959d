"""Plans of care that are refused: what cannot be, and what would change nothing."""

import pytest
from care_plans import mortal, plan_with, seen_by
from small_networks import (
    acuity,
    ambulances,
    fixed,
    incident,
    outbreak,
    strait,
    team,
    trucks,
    ward,
)

from simulation.network import NetworkError
from simulation.parts import TeamStop


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"casualties": (incident(acuity=(("blue", 1.0),)),)}, r"no class 'blue'; known: all"),
        (
            {"casualties": (incident(acuity=(("all", 0.9),)),)},
            r"incident: shares of classes sum to 0\.9",
        ),
        ({"casualties": (incident(0),)}, r"incident\.patients is 0; it must be at least 1"),
        ({"casualties": (incident(at=-1.0),)}, r"incident\.at is -1"),
        ({"casualties": (incident(health_post="x"),)}, r"there is no health post 'x'"),
        ({"outbreaks": (outbreak(-0.1),)}, r"outbreak\.attack_rate is -0\.1"),
        ({"outbreaks": (outbreak(float("nan")),)}, r"outbreak\.attack_rate is nan"),
        ({"outbreaks": (outbreak(protected=1.5),)}, r"outbreak\.protected is 1\.5; a share"),
        ({"outbreaks": (outbreak(begins=5.0, ends=5.0),)}, r"ends before it begins"),
        ({"outbreaks": (outbreak(crowding_factor=0.5),)}, r"crowding_factor is 0\.5.*at least 1"),
        (
            {"outbreaks": (outbreak(1.0, crowding_factor=1e6),)},
            r"attack_rate times crowding_factor is 1e\+06 per person per day; at most 24",
        ),
        (
            {"outbreaks": (outbreak(crowding_factor=2.0),)},
            r"crowding counts, but site gives no area",
        ),
        ({"teams": (team(TeamStop("post", 0, 1, 8.0, 9.0)),)}, r"days are counted from 1"),
        ({"teams": (team(TeamStop("post", 1, 1, 9.0, 8.0)),)}, r"end later on the same day"),
        ({"teams": (team(clinicians=0),)}, r"team\.clinicians is 0"),
        ({"teams": (team(weather="sun"),)}, r"there is no weather 'sun'"),
        (
            {
                "teams": (
                    team(TeamStop("post", 1, 2, 8.0, 10.0), TeamStop("post", 3, 4, 9.0, 11.0)),
                )
            },
            r"cannot be at post and at post",
        ),
        ({"wards": (ward(needs_hospital=0.5),)}, r"ward: patients need a hospital but"),
        ({"wards": (ward(hospital="ward"),)}, r"go in a circle \(ward, ward\)"),
        ({"wards": (ward(ambulances="x"),)}, r"there is no ambulances 'x'"),
        ({"ambulances": (ambulances(return_time=-1.0),)}, r"ambulances\.return_time is -1"),
    ],
)
def test_impossible_care_is_refused(parts, said):
    with pytest.raises(NetworkError, match=said):
        plan_with(**parts)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (acuity(straight_to_hospital=0.5), r"straight to the hospital but the post names none"),
        (acuity(straight_to_hospital=2.0), r"straight_to_hospital is 2"),
        (acuity(worsens_after=fixed(1.0)), r"most urgent class, so it cannot get worse"),
        (acuity(deaths_per_day=-1.0), r"deaths_per_day is -1"),
    ],
)
def test_impossible_classes_are_refused(one, said):
    with pytest.raises(NetworkError, match=said):
        plan_with(seen_by(1, 1.0, one))


BAD_WEATHER = {"weathers": (strait(),)}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (
            {"teams": (team(TeamStop("post", 3, 1, 9.0, 12.0)),)},
            r"team, stop at post: first_day is 3, but the run lasts 2 days",
        ),
        ({"ambulances": (ambulances(),)}, r"no health post or ward names these ambulances"),
        (
            {"ambulances": (ambulances(),), "wards": (ward(ambulances="ambulances"),)},
            r"ward: ambulances of a ward need a hospital",
        ),
        (
            {"ambulances": (ambulances(),), "post": seen_by(ambulances="ambulances")},
            r"post: ambulances need a ward or a hospital",
        ),
        (
            {"wards": (ward(hospital="icu"), ward(name="icu"))},
            r"ward: the ward names a hospital but nobody needs it",
        ),
        (
            {"wards": (ward(),), "post": seen_by(hospital="ward")},
            r"post: the post names a hospital but no class goes straight there",
        ),
        (
            BAD_WEATHER | {"teams": (team(weather="strait"),)},
            r"team: its weather needs a limit of the waves",
        ),
        ({"teams": (team(wave_limit=1.0),)}, r"team: its limit of the waves needs a weather"),
        (
            BAD_WEATHER | {"transports": (trucks(weather="strait"),)},
            r"trucks: its weather needs a limit of the waves",
        ),
        (
            {"transports": (trucks(wave_limit=1.0),)},
            r"trucks: its limit of the waves needs a weather",
        ),
    ],
)
def test_what_would_change_nothing_is_refused(parts, said):
    with pytest.raises(NetworkError, match=said):
        plan_with(**parts)


def test_all_that_would_change_nothing_is_told_at_once():
    with pytest.raises(NetworkError, match=r"has 3 problem\(s\)"):
        plan_with(
            teams=(team(TeamStop("post", 9, 1, 9.0, 12.0), wave_limit=1.0),),
            ambulances=(ambulances(),),
        )


def test_mortality_must_be_a_rate():
    with pytest.raises(NetworkError, match=r"deaths_per_person_day is inf"):
        mortal(float("inf"))
