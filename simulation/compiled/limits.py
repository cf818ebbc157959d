"""What the compiled engine runs: an allow-list, so that what is new runs in SimPy."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final

from simulation.compiled.tables import ROW
from simulation.records import STEP_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.network import Network

_RUNS: Final[dict[str, str]] = {
    "Network": "start run_length inflows receptions sites transports health_posts wards weathers"
    " triggers breakdowns losses clocks rescues teams"
    " ambulances outbreaks casualties",
    "Inflow": "name locations causes share cut_off group_size hours onset_days composition"
    " reception rescue weekdays weather sets_out_below dispersion boats",
    "Reception": "name location desks sites gives_up_after splits_after first_that_fits standard"
    " health_post vulnerable_first deaths_per_person_day",
    "Desk": "name kind desks service_time per standard hands_over only while_staying finds",
    "SiteOption": "site travel_time others_after",
    "Site": "name location places over_capacity evacuated_when_lost length_of_stay onward"
    " onward_share starting_stock meant_for stays area latrines taps water returns_home",
    "Transport": "name vehicles seats departs_at every_days travel_time standard return_time"
    " on_demand longest_wait mobilization weather wave_limit destination_places destination_stay",
    "HealthPost": "name location visits_per_person_day triage_nurses triage_time triage_standard"
    " clinicians consultation_time classes ward hands_over hospital ambulances households_wait",
    "AcuityClass": "name share standard leaves_after referral interrupts straight_to_hospital"
    " worsens_after deaths_per_day",
    "Ward": "name location beds length_of_stay refers_on_after standard hospital needs_hospital"
    " ambulances",
    "Ambulances": "name location vehicles readiness travel_time return_time standard brings_back",
    "Outbreak": "name health_post begins ends attack_rate protected crowded_below crowding_factor"
    " acuity",
    "MassCasualty": "name health_post at patients spread_over acuity",
    "Rescue": "name location alert_delay distance search_area holds_out self_arrival standard units"
    " unheard position drift search_object search_limit call_off bodies_recovered safety_wait"
    " officers call_time sector weather capsizing heat units_per_incident retask relay aid passing"
    " places_of_safety",
    "Relay": "rescue share delay",
    "Aid": "rescue after share",
    "PassingVessels": "name per_day seats speed search_speed sweep_width sweep_width_in_water"
    " boarding sensor wave_limit",
    "PlaceOfSafety": "name position share",
    "Capsizing": "share after water_temperature lifejackets",
    "Heat": "temperature water",
    "RescueUnits": "name units seats speed search_speed sweep_width readiness boarding turnaround"
    " boarding_per_person sensor sweep_width_in_water readiness_by_hour endurance crew_hours"
    " crew_rest wave_limit base",
    "MobileTeam": "name clinicians stops weather wave_limit",
    "TeamStop": "health_post first_day every_days begins ends",
    "Trigger": "name condition lead_time facility added factor lasts ends_when_false_for",
    "Condition": "measured of above held_for checked_every",
    "ForecastCondition": "inflows above chance notice updated",
    "Breakdown": "name facility units time_to_failure repair_time crews",
    "ChanceLoss": "name facility chance begins latest lasts remaining",
}
"""Fields of every part that the compiled engine knows; others must stand at their default."""

_MEASURED: Final = ("occupancy", "waiting", "longest_wait")
_NOT_LOOKED_INTO: Final = ("weathers", "clocks", "composition", "boats", "acuity")


def reasons_against(network: Network) -> list[str]:
    """Say why a network needs the SimPy engine.

    Parameters
    ----------
    network : Network

    Returns
    -------
    list of str
        Empty when the compiled engine runs it.

    """
    reasons = list(dict.fromkeys(_unknown(network, "the plan")))
    for point in network.receptions:
        sites = [option.site for option in point.sites]
        if len(set(sites)) < len(sites):
            reasons.append(f"{point.name} names a site twice")
    if not network.receptions:
        reasons.append("there is no reception point")
    for trigger in network.triggers:
        measured = getattr(trigger.condition, "measured", _MEASURED[0])
        if measured not in _MEASURED:
            reasons.append(f"{trigger.name} measures {measured}")
    names = ROW.names or ()
    reasons += [f"records have {c.name}" for c in STEP_COLUMNS if c.name not in names]
    return reasons


def _unknown(part: Any, owner: str) -> Iterator[str]:
    """List what a part has that is not on the list, and go into the parts that it holds."""
    known = _RUNS.get(type(part).__name__)
    if known is None:
        yield f"{owner} has a {type(part).__name__}"
        return
    owner = getattr(part, "name", owner)
    for field in fields(part):
        value = getattr(part, field.name)
        if field.name not in known.split():
            default = field.default
            if default is MISSING or value != default:
                yield f"{owner} has {field.name.replace('_', ' ')}"
        elif field.name not in _NOT_LOOKED_INTO:
            inner = value if isinstance(value, tuple) else (value,)
            for one in inner:
                if type(one).__module__.startswith("simulation.parts"):
                    yield from _unknown(one, owner)
