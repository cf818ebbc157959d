"""A network that cannot be run is refused, with every problem at once."""

import math

import pytest
from small_networks import (
    acuity,
    boats,
    desk,
    health_post,
    inflow,
    network,
    reception,
    rescue,
    site,
    trucks,
    ward,
)

from simulation.network import NetworkError
from simulation.parts import SiteOption

WAY_BACK = reception(sites=(SiteOption("site", -1.0),))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"run_length": 0.0}, "run_length is 0 h; it must be above 0 and finite"),
        ({"run_length": math.nan}, "run_length is nan h"),
        ({"run_length": math.inf}, "run_length is inf h"),
        ({"sites": (site(), site())}, "the name 'site' is used 2 times"),
        ({"inflows": (inflow(name="site"),)}, "the name 'site' is used 2 times"),
        ({"inflows": (inflow(reception="x"),)}, "people: there is no reception 'x'; known: recept"),
        ({"inflows": (inflow(rescue="x"),)}, "people: there is no rescue 'x'; known: none"),
        (
            {"receptions": (reception(sites=("x",)),)},
            "reception: there is no site 'x'; known: site",
        ),
        ({"receptions": (reception(health_post="x"),)}, "there is no health post 'x'"),
        ({"sites": (site(onward="x"),)}, "site: there is no transport 'x'"),
        ({"health_posts": (health_post(ward="x"),)}, "post: there is no ward 'x'"),
        ({"inflows": (inflow(share=1.2),)}, "people.share is 1.2; a share lies between 0 and 1"),
        ({"inflows": (inflow(cut_off=-0.1),)}, "people.cut_off is -0.1"),
        ({"inflows": (inflow(cut_off=0.1),)}, "people are cut off but no rescue is named"),
        ({"inflows": (inflow(hours=(1.0,) * 23),)}, "people.hours needs 24 weights"),
        ({"inflows": (inflow(hours=(0.0,) * 24),)}, "people.hours needs 24 weights"),
        ({"inflows": (inflow(onset_days=-1.0),)}, "people.onset_days is -1; it cannot be negative"),
        ({"rescues": (rescue(self_arrival=2.0),)}, "rescue.self_arrival is 2"),
        ({"rescues": (rescue(boats(seats=0)),)}, "boats.seats is 0; it must be above 0"),
        ({"rescues": (rescue(boats(speed=0.0)),)}, "boats.speed is 0; it must be above 0"),
        ({"rescues": (rescue(boats(boarding=-1.0)),)}, "boats.boarding is -1; it cannot be neg"),
        (
            {"rescues": (rescue(boats(sweep_width=0.0), search_area=1.0),)},
            "boats.sweep_width is 0; it must be above 0",
        ),
        ({"receptions": (reception(sites=()),)}, "reception: a reception needs sites"),
        ({"receptions": (WAY_BACK,)}, "way to site.travel_time is -1; it cannot be negative"),
        ({"sites": (site(onward_share=-1.0),)}, "site.onward_share is -1"),
        ({"sites": (site(over_capacity=-1),)}, "site.over_capacity is -1; it cannot be negative"),
        ({"sites": (site(), site(name="b", starting_stock=4))}, "b: .* no reception uses the site"),
        ({"inflows": (), "sites": (site(starting_stock=4),)}, "site: .* no inflow says who they"),
        ({"transports": (trucks(seats=0),)}, "trucks.seats is 0; it must be above 0"),
        ({"transports": (trucks(every_days=0),)}, "trucks.every_days is 0; it must be above 0"),
        ({"health_posts": (health_post(classes=(acuity(share=0.5),)),)}, "sum to 0.5, not to 1"),
        (
            {"health_posts": (health_post(visits_per_person_day=-1.0),)},
            "post.visits_per_person_day is -1; it cannot be negative",
        ),
        ({"wards": (ward(refers_on_after=-1.0),)}, "ward.refers_on_after is -1; it cannot be neg"),
    ],
)
def test_what_cannot_be_run_is_refused(parts, message):
    with pytest.raises(NetworkError, match=message):
        network(**parts)


def test_a_rescue_without_units_is_refused():
    nothing = rescue()
    object.__setattr__(nothing, "units", ())
    with pytest.raises(NetworkError, match="rescue: a rescue needs units"):
        network(rescues=(nothing,))


def test_all_problems_are_listed_at_once():
    with pytest.raises(NetworkError, match=r"the network has 2 problem\(s\):\n  - .*\n  - "):
        network(run_length=-1.0, sites=(site(onward="x"),))


def test_facilities_with_service_unit_and_capacity():
    plan = network(
        rescues=(rescue(boats(3)),),
        receptions=(reception(desk(2)),),
        sites=(site(50),),
        transports=(trucks(4),),
        health_posts=(health_post(5, ward="ward"),),
        wards=(ward(6),),
    )
    assert [
        (name, plan.service(name), plan.unit(name), plan.capacity(name).at(0.0))
        for name in plan.facilities
        if name != "post triage"
    ] == [
        ("boats", "rescue", "units", 3),
        ("registration desks", "reception", "desks", 2),
        ("site", "reception", "persons", 50),
        ("trucks", "onward travel", "vehicles", 4),
        ("post", "health", "clinicians", 5),
        ("ward", "health", "beds", 6),
    ]
    assert plan.unit("post triage") == "nurses"
