"""Problems of health care and transports: impossible shares, mixes and timetables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from simulation.calendars import HOURS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.network_parts import NetworkParts
    from simulation.parts import HealthPost, MobileTeam, Transport, Ward

_MOST_CASES: Final = 24.0
"""Per person and day, as for every rate of a scenario; above it a run would hardly end."""


def health_problems(network: NetworkParts) -> list[str]:
    """List what is wrong with the care and the transports of a network.

    Parameters
    ----------
    network : NetworkParts

    Returns
    -------
    list of str

    """
    posts = {post.name: post for post in network.health_posts}
    problems = [*_classes(network), *_beds(network), *_sudden(network, posts)]
    for team in network.teams:
        problems += _team(team, network.run_length / HOURS_PER_DAY)
    for transport in network.transports:
        problems += _transport(transport)
    return [*problems, *_without_effect(network)]


def _share(owner: str, name: str, value: float) -> Iterator[str]:
    if not 0 <= value <= 1:
        yield f"{owner}.{name} is {value:g}; a share lies between 0 and 1."


def _hazard(owner: str, name: str, value: float) -> Iterator[str]:
    if not 0 <= value < math.inf:
        yield f"{owner}.{name} is {value:g}; it must be finite and cannot be negative."


def _classes(network: NetworkParts) -> Iterator[str]:
    for post in network.health_posts:
        for number, one in enumerate(post.classes):
            where = f"{post.name}, class {one.name}"
            yield from _share(where, "straight_to_hospital", one.straight_to_hospital)
            yield from _hazard(where, "deaths_per_day", one.deaths_per_day)
            if one.straight_to_hospital > 0 and post.hospital is None:
                yield f"{where}: patients go straight to the hospital but the post names none."
            if number == 0 and one.worsens_after is not None:
                yield f"{where}: is the most urgent class, so it cannot get worse."
            if one.interrupts and number == len(post.classes) - 1:
                yield (
                    f"{where}: is the least urgent class, so it has nobody to interrupt; leave "
                    "'interrupts' out."
                )
            elif one.interrupts and number and not post.classes[number - 1].interrupts:
                yield (
                    f"{where}: interrupts others, so the more urgent class "
                    f"{post.classes[number - 1].name} must do so as well."
                )
    for reception in network.receptions:
        hazard = reception.deaths_per_person_day
        yield from _hazard(reception.name, "deaths_per_person_day", hazard)


def _beds(network: NetworkParts) -> Iterator[str]:
    further = {ward.name: ward.hospital for ward in network.wards}
    for ward in network.wards:
        yield from _share(ward.name, "needs_hospital", ward.needs_hospital)
        if ward.needs_hospital > 0 and ward.hospital is None:
            yield f"{ward.name}: patients need a hospital but the ward names none."
        seen = [ward.name]
        while (following := further.get(seen[-1])) is not None and following not in seen:
            seen.append(following)
        if following is not None:
            yield f"{ward.name}: its hospitals go in a circle ({', '.join((*seen, following))})."
    for one in network.ambulances:
        yield from _hazard(one.name, "return_time", one.return_time)


def _mix(
    owner: str, acuity: tuple[tuple[str, float], ...], post: HealthPost | None
) -> Iterator[str]:
    for name, share in acuity:
        yield from _share(f"{owner}, class {name}", "share", share)
        known = [one.name for one in post.classes] if post else [name]
        if name not in known:
            yield f"{owner}: there is no class {name!r}; known: {', '.join(known)}."
    total = sum(share for _, share in acuity)
    if abs(total - 1) > 1e-6:
        yield f"{owner}: shares of classes sum to {total:g}, not to 1."


def _sudden(network: NetworkParts, posts: dict[str, HealthPost]) -> Iterator[str]:
    for outbreak in network.outbreaks:
        name = outbreak.name
        post = posts.get(outbreak.health_post)
        yield from _mix(name, outbreak.acuity, post)
        yield from _share(name, "protected", outbreak.protected)
        yield from _hazard(name, "attack_rate", outbreak.attack_rate)
        yield from _hazard(name, "begins", outbreak.begins)
        yield from _hazard(name, "crowded_below", outbreak.crowded_below)
        if not 1 <= outbreak.crowding_factor < math.inf:
            yield (
                f"{name}.crowding_factor is {outbreak.crowding_factor:g}; it must be finite and "
                "at least 1."
            )
        crowded = outbreak.attack_rate * outbreak.crowding_factor
        if crowded > _MOST_CASES:
            yield (
                f"{name}: attack_rate times crowding_factor is {crowded:g} per person per day; at "
                f"most {_MOST_CASES:g}, once an hour."
            )
        if not outbreak.ends > outbreak.begins:
            yield f"{name}: ends before it begins."
        served = [r for r in network.receptions if r.health_post == outbreak.health_post]
        sites = {option.site for reception in served for option in reception.sites}
        bare = [s.name for s in network.sites if s.name in sites and s.area is None]
        if outbreak.crowding_factor > 1 and bare:
            yield f"{name}: crowding counts, but {', '.join(bare)} gives no area."
    for incident in network.casualties:
        yield from _mix(incident.name, incident.acuity, posts.get(incident.health_post))
        yield from _hazard(incident.name, "at", incident.at)
        yield from _hazard(incident.name, "spread_over", incident.spread_over)
        if not incident.patients >= 1:
            yield f"{incident.name}.patients is {incident.patients}; it must be at least 1."


def _without_effect(network: NetworkParts) -> Iterator[str]:
    """List what would change nothing because something else is missing."""
    users: list[HealthPost | Ward] = [*network.health_posts, *network.wards]
    for post in network.health_posts:
        if post.hospital and not any(one.straight_to_hospital for one in post.classes):
            yield (
                f"{post.name}: the post names a hospital but no class goes straight there; give a "
                "share or leave it out."
            )
        if post.ambulances and not (post.ward or post.hospital):
            yield f"{post.name}: ambulances need a ward or a hospital to go to."
    for ward in network.wards:
        if ward.hospital and not ward.needs_hospital:
            yield (
                f"{ward.name}: the ward names a hospital but nobody needs it; give a share or "
                "leave it out."
            )
        if ward.ambulances and not ward.hospital:
            yield f"{ward.name}: ambulances of a ward need a hospital to go to."
    for one in network.ambulances:
        if all(user.ambulances != one.name for user in users):
            yield f"{one.name}: no health post or ward names these ambulances."
    stopped: list[Transport | MobileTeam] = [*network.transports, *network.teams]
    for gated in stopped:
        if gated.weather is not None and gated.wave_limit == math.inf:
            yield f"{gated.name}: its weather needs a limit of the waves, above which it stays."
        if gated.weather is None and gated.wave_limit < math.inf:
            yield f"{gated.name}: its limit of the waves needs a weather."


def _team(team: MobileTeam, days: float) -> Iterator[str]:
    if not team.stops:
        yield f"{team.name}: a mobile team needs stops."
    if not team.clinicians >= 1:
        yield f"{team.name}.clinicians is {team.clinicians}; it must be at least 1."
    for stop in team.stops:
        if stop.first_day < 1 or stop.every_days < 1:
            yield f"{team.name}, stop at {stop.health_post}: days are counted from 1."
            return
        if stop.first_day - 1 >= days:
            yield (
                f"{team.name}, stop at {stop.health_post}: first_day is {stop.first_day}, but the "
                f"run lasts {days:g} days."
            )
        if not 0 <= stop.begins < stop.ends <= 24:
            yield f"{team.name}, stop at {stop.health_post}: it must end later on the same day."
    for number, one in enumerate(team.stops):
        for other in team.stops[:number]:
            step = math.gcd(one.every_days, other.every_days)
            same_day = (one.first_day - other.first_day) % step == 0
            if same_day and one.begins < other.ends and other.begins < one.ends:
                yield (
                    f"{team.name}: it cannot be at {other.health_post} and at {one.health_post} "
                    "at the same time."
                )


def _transport(transport: Transport) -> Iterator[str]:
    if transport.longest_wait < math.inf and not transport.on_demand:
        yield f"{transport.name}: longest_wait belongs to vehicles on demand."
    if not transport.longest_wait >= 0:
        yield f"{transport.name}.longest_wait is {transport.longest_wait:g}; it cannot be negative."
    if transport.destination_stay is not None and transport.destination_places is None:
        yield f"{transport.name}: destination_stay needs destination_places."
