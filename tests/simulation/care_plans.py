"""Plans whose health post sees nobody but patients of incidents and outbreaks."""

from small_networks import (
    ENDLESS,
    acuity,
    fixed,
    health_post,
    network,
    population,
    reception,
    site,
    story,
)

NOBODY = population([])


def plan_with(post=None, run_length=48.0, stay=1000.0, **parts):
    """A network whose health post sees nobody but those of incidents and outbreaks."""
    parts = {
        "receptions": (reception(health_post="post"),),
        "sites": (site(stay=fixed(stay)),),
        "health_posts": (post or health_post(ENDLESS, visits_per_person_day=0.0),),
    } | parts
    return network(run_length, **parts)


def seen_by(clinicians=ENDLESS, time=0.0, *classes, **changed):
    changed = {"visits_per_person_day": 0.0} | changed
    return health_post(clinicians, fixed(time), classes or (acuity(referral=1.0),), **changed)


def care(plan, people=NOBODY):
    """Steps of patients as (step, requested, started, ended, outcome)."""
    return [row[1:2] + row[3:] for row in story(plan, people) if row[1] not in {"placement"}]


def red_and_green(**green):
    return acuity("red", 0.0), acuity("green", 1.0, **green)


def mortal(rate, **parts):
    receptions = (reception(deaths_per_person_day=rate, **parts.pop("reception", {})),)
    return plan_with(receptions=receptions, **parts)
