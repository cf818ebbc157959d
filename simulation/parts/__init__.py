"""The parts of a network: people who come, services they meet, who moves them.

All times are hours from the start of the run, distances kilometers, speeds kilometers per hour,
capacities persons or units. Things refer to each other by name.
"""

from simulation.parts.health import AcuityClass, HealthPost, Ward
from simulation.parts.people import MAX_GROUP, Composition, Inflow
from simulation.parts.reception import Desk, Reception, Site, SiteOption, Transport
from simulation.parts.rescue import Rescue, RescueUnits

__all__ = [
    "MAX_GROUP",
    "AcuityClass",
    "Composition",
    "Desk",
    "HealthPost",
    "Inflow",
    "Reception",
    "Rescue",
    "RescueUnits",
    "Site",
    "SiteOption",
    "Transport",
    "Ward",
]
