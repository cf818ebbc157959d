"""Generated parts of networks, with times that often coincide."""

from dataclasses import replace

from hypothesis import strategies as st
from small_networks import (
    acuity,
    ambulances,
    boats,
    desk,
    exponential,
    fixed,
    health_post,
    incident,
    outbreak,
    rescue,
    site,
    team,
    trucks,
    ward,
)

from simulation.calendars import Steps
from simulation.parts import (
    Aid,
    Capsizing,
    Heat,
    PassingVessels,
    PlaceOfSafety,
    Relay,
    TeamStop,
    Weather,
    WeatherState,
)

GRID = 0.5
"""All times are multiples, so that about half of all events happen at the time of another."""


def on_grid(low, high):
    return st.integers(low, high).map(lambda steps: steps * GRID)


def times(low=0, high=8):
    return st.one_of(
        on_grid(low, high).map(fixed),
        st.sampled_from([exponential(1.0), exponential(5.0)]),
    )


@st.composite
def calendars(draw, most=4):
    changes = sorted(draw(st.sets(st.integers(1, 90), max_size=4)))
    values = [draw(st.integers(0, most)) for _ in range(len(changes) + 1)]
    return Steps((0.0, *(change * GRID for change in changes)), tuple(values)).simplified()


@st.composite
def desks(draw, name, kind, crowded):
    check = kind == "vulnerability_check"
    finds = 0.7 if check else 0.0
    if crowded:
        few, time = draw(st.integers(1, 2)), draw(st.sampled_from([fixed(0.5), fixed(1.0)]))
        return desk(few, time, name=name, kind=kind, finds=finds)
    return desk(
        draw(calendars(3)),
        draw(times()),
        name=name,
        kind=kind,
        per=draw(st.sampled_from(["group", "person"])),
        hands_over=draw(st.booleans()),
        only=draw(st.sampled_from([(), ("families",), ("women alone", "men alone")])),
        while_staying=not check and draw(st.booleans()),
        finds=finds,
    )


RETURNS = (
    (),
    (),
    ((6.0, 5.0),),
    ((0.0, 20.0), (8.0, float("inf")), (12.0, 3.0), (12.5, 0.5)),
)
"""Times from which households go home by the calendar."""


@st.composite
def sites(draw, name, onward):
    return site(
        draw(calendars(25)),
        draw(times(0, 40)),
        name=name,
        over_capacity=draw(st.integers(0, 3)),
        evacuated_when_lost=draw(st.booleans()),
        onward=onward,
        onward_share=draw(st.sampled_from([0.0, 0.5, 1.0])) if onward else 0.0,
        starting_stock=0,
        meant_for=draw(st.sampled_from([(), (), ("families",)])),
        stays=draw(st.sampled_from([(), (("families", fixed(3.0)), ("men alone", fixed(7.5)))])),
        returns_home=draw(st.sampled_from(RETURNS)),
        area=draw(st.sampled_from([None, 30.0, 30.0])),
    )


@st.composite
def posts(draw, rates=(0.0, 0.5, 3.0), fewest=0):
    interrupting = draw(st.integers(fewest, 2))
    classes = (
        acuity("red", 0.2, referral=0.8, interrupts=interrupting > 0),
        acuity(
            "yellow",
            0.3,
            leaves_after=draw(times(1, 6)),
            referral=0.3,
            interrupts=interrupting > 1,
        ),
        acuity("green", 0.5, leaves_after=draw(st.none() | times(0, 6))),
    )
    return health_post(
        draw(calendars(3)),
        draw(times(0, 4)),
        classes=classes,
        visits_per_person_day=draw(st.sampled_from(rates)),
        triage_nurses=draw(calendars(2)),
        triage_time=draw(times(0, 2)),
        ward=draw(st.sampled_from([None, "ward"])),
        hands_over=draw(st.booleans()),
    )


@st.composite
def care(draw, plan):
    """Add to a network with a post what only busy health care has."""
    (post,) = plan["health_posts"]
    beds = ward(draw(calendars(3)), draw(times(0, 30)), refers_on_after=draw(on_grid(0, 6)))
    vans = draw(st.sampled_from([{"ambulances": "vans"}, {"ambulances": "vans"}, {}]))
    hospital = draw(st.booleans())
    mortal = draw(st.sampled_from([False, False, True]))
    straight = hospital and draw(st.booleans())
    further = hospital and draw(st.booleans())
    classes = tuple(
        replace(
            one,
            worsens_after=draw(st.none() | times(0, 6)) if number else None,
            straight_to_hospital=0.5 if straight else 0.0,
            deaths_per_day=draw(st.sampled_from([0.0, 6.0])) if mortal else 0.0,
        )
        for number, one in enumerate(post.classes)
    )
    post = replace(
        post,
        classes=classes,
        households_wait=draw(st.booleans()),
        hospital="hospital" if straight else None,
        **(vans if post.ward or straight else {}),
    )
    if further:
        beds = replace(
            beds, hospital="hospital", needs_hospital=0.6, **draw(st.sampled_from([{}, vans]))
        )
    wards = [beds]
    if hospital and (straight or further):
        wards.append(
            ward(
                draw(calendars(2)),
                draw(times(0, 20)),
                name="hospital",
                refers_on_after=draw(st.sampled_from([0.0, 2.0, float("inf")])),
            )
        )
    fleets = ()
    if post.ambulances or beds.ambulances:
        fleets = (
            ambulances(
                draw(calendars(2)),
                name="vans",
                readiness=draw(times(0, 2)),
                travel_time=draw(times(0, 4)),
                return_time=draw(on_grid(0, 4)),
                brings_back=draw(st.sampled_from([True, True, False])),
            ),
        )
    crowding = all(one.area is not None for one in plan["sites"])
    mix = (("red", 0.3), ("green", 0.7))
    spread = tuple(
        outbreak(
            draw(st.sampled_from([6.0, 0.5])),
            name=f"outbreak {number}",
            begins=draw(on_grid(0, 30)),
            ends=draw(st.sampled_from([float("inf"), 20.0])),
            protected=draw(st.sampled_from([0.0, 0.5])),
            crowded_below=draw(st.sampled_from([0.0, 3.5])),
            crowding_factor=draw(st.sampled_from([1.0, 4.0] if crowding else [1.0])),
            acuity=mix,
        )
        for number in range(draw(st.sampled_from([1, 0, 2])))
    )
    masses = tuple(
        incident(
            draw(st.integers(1, 30)),
            name=f"incident {number}",
            at=draw(on_grid(0, 40)),
            spread_over=draw(st.sampled_from([0.0, 5.0])),
            acuity=mix,
        )
        for number in range(draw(st.integers(0, 2)))
    )
    return {
        **plan,
        "health_posts": (post,),
        "wards": tuple(wards),
        "ambulances": fleets,
        "outbreaks": spread,
        "casualties": masses,
    }


@st.composite
def fleets(draw, name):
    speed = 10.0  # with distances of 5 and 10 km the way is on the grid
    return boats(
        draw(calendars(3)),
        name=name,
        seats=draw(st.integers(1, 9)),
        speed=speed,
        sweep_width=draw(st.sampled_from([0.01, 0.25, 1.0])),
        readiness=draw(on_grid(0, 3)),
        readiness_by_hour=draw(st.sampled_from([(), (0.5, 1.0, 0.0) * 8])),
        boarding=draw(on_grid(0, 2)),
        boarding_per_person=draw(st.sampled_from([0.0, 0.5])),
        turnaround=draw(on_grid(0, 4)),
        endurance=draw(st.sampled_from([float("inf"), 2.0, 4.5])),
        base=draw(st.sampled_from([(0.0, 0.0), (3.0, 4.0)])),
        sweep_width_in_water=0.05,
        wave_limit=draw(st.sampled_from([float("inf"), 1.0])),
        **draw(st.sampled_from([{}, {"crew_hours": 3.0, "crew_rest": 4.0}])),
    )


@st.composite
def teams(draw, number):
    """Draw a mobile team that comes to the post once or twice a day, the second time at once."""
    begins, lasts = draw(on_grid(0, 20)), draw(on_grid(1, 8))
    stop = TeamStop("post", 1, draw(st.integers(1, 2)), begins, begins + lasts)
    again = TeamStop("post", draw(st.integers(1, 2)), 1, begins + lasts, begins + lasts + 2.0)
    weather = draw(st.sampled_from([{}, {"weather": "strait", "wave_limit": 1.0}]))
    stops = draw(st.sampled_from([(stop,), (stop, again)]))
    return team(*stops, name=f"team {number}", clinicians=draw(st.integers(1, 3)), **weather)


STRAIT = Weather(
    "strait", (WeatherState("calm", 0.5, 0.5, 20.0), WeatherState("rough", 0.5, 1.5, 5.0)), 0.3
)


SAFETY = {
    "places_of_safety": (
        PlaceOfSafety("near", (3.0, 0.0), 0.5),
        PlaceOfSafety("far", (12.0, 16.0), 0.5),
    )
}


@st.composite
def vessels(draw, number):
    return PassingVessels(
        f"vessels {number}",
        per_day=draw(st.sampled_from([1.0, 24.0])),
        seats=draw(st.integers(1, 12)),
        speed=10.0,
        search_speed=4.0,
        sweep_width=draw(st.sampled_from([0.0, 0.25])),
        sweep_width_in_water=0.05,
        boarding=draw(on_grid(0, 2)),
        wave_limit=draw(st.sampled_from([float("inf"), 1.0])),
    )


@st.composite
def neighbors(draw, services):
    """Have each of two rescue services help the other, as it may be."""
    names = [one.name for one in services]
    made = []
    for one, other in zip(services, reversed(names), strict=True):
        after, share = draw(st.sampled_from([0.0, 1.5])), draw(st.sampled_from([1.0, 0.4]))
        changed = {}
        if draw(st.booleans()):
            changed["aid"] = (Aid(other, after, share),)
        if draw(st.booleans()):
            changed["relay"] = Relay(other, 0.6, draw(times(0, 3)))
        made.append(replace(one, **changed))
    return tuple(made)


@st.composite
def rescues(draw, name):
    kinds = [draw(fleets(f"{name} {n}")) for n in range(draw(st.integers(1, 2)))]
    distances = [fixed(5.0), fixed(10.0), exponential(8.0)]
    officers = draw(st.none() | calendars(2))
    sector = draw(st.sampled_from([None, None, (0.0, 90.0), (0.0, 0.0)]))
    capsizing = Capsizing(draw(st.sampled_from([0.4, 1.0])), draw(times(0, 12)), 16.0, 0.5)
    return rescue(
        *kinds,
        name=name,
        officers=officers,
        call_time=None if officers is None else draw(times(0, 2)),
        sector=sector,
        retask=sector is not None and draw(st.booleans()),
        weather=draw(st.sampled_from([None, "strait"])),
        capsizing=draw(st.sampled_from([None, None, capsizing])),
        heat=draw(st.sampled_from([None, None, Heat(45.0, 2.0), Heat(53.0, 0.0)])),
        bodies_recovered=draw(st.sampled_from([0.0, 0.5])),
        alert_delay=draw(times(0, 6)),
        distance=draw(st.sampled_from(distances)),
        search_area=draw(st.sampled_from([0.0, 0.0, 1.0, 4.0])),
        drift=draw(st.sampled_from([0.0, 0.0, 0.5])),
        search_object=draw(st.sampled_from([None, "boat of 6 m"])),
        search_limit=draw(st.sampled_from([float("inf"), 1.0, 3.0])),
        call_off=draw(st.sampled_from([1.0, 0.5])),
        holds_out=draw(st.one_of(times(0, 30), st.just(fixed(1000.0)))),
        self_arrival=draw(st.sampled_from([0.0, 0.5, 1.0])),
        unheard=draw(st.sampled_from([0.0, 0.0, 0.3])),
        units_per_incident=draw(st.sampled_from([1, 2, 3])),
        passing=tuple(draw(vessels(number)) for number in range(draw(st.integers(0, 2)))),
        **draw(st.sampled_from([{}, SAFETY, SAFETY | {"safety_wait": fixed(3.5)}])),
    )


@st.composite
def transports(draw):
    limited = {
        "destination_places": draw(calendars(20)),
        "destination_stay": draw(st.none() | times(0, 12)),
    }
    on_demand = draw(st.booleans())
    waits = [float("inf"), 0.0, 1.0, 4.5] if on_demand else [float("inf")]
    return trucks(
        draw(calendars(2)),
        seats=draw(st.integers(1, 8)),
        departs_at=draw(on_grid(0, 16)),
        travel_time=draw(on_grid(0, 8)),
        return_time=draw(on_grid(0, 20 if on_demand else 60)),
        on_demand=on_demand,
        longest_wait=draw(st.sampled_from(waits)),
        mobilization=draw(st.none() | times(0, 5)),
        **draw(st.sampled_from([{}, limited])),
    )
