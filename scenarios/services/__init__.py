"""What a scenario file says about people and services: inflows, rescue, reception, health."""

from scenarios.services.health import AcuityClass, HealthPost, Ward
from scenarios.services.losses import Loss
from scenarios.services.people import HoursWeight, Inflow, People
from scenarios.services.reception import Desk, Reception, Site, SiteOption, Transport
from scenarios.services.rescue import Rescue, RescueUnits

__all__ = [
    "AcuityClass",
    "Desk",
    "HealthPost",
    "HoursWeight",
    "Inflow",
    "Loss",
    "People",
    "Reception",
    "Rescue",
    "RescueUnits",
    "Site",
    "SiteOption",
    "Transport",
    "Ward",
]
