"""What a scenario file says about people and services: inflows, rescue, reception, health."""

from scenarios.services.health import (
    AcuityClass,
    Ambulances,
    ClassShare,
    HealthPost,
    MassCasualty,
    MobileTeam,
    Outbreak,
    Ward,
)
from scenarios.services.losses import Loss
from scenarios.services.observed import Observed
from scenarios.services.people import Boats, HoursWeight, Inflow, People
from scenarios.services.reception import (
    Desk,
    LegalClock,
    Reception,
    Site,
    SiteOption,
    Transport,
)
from scenarios.services.rescue import (
    Aid,
    Capsizing,
    Heat,
    PassingVessels,
    Place,
    PlaceOfSafety,
    Relay,
    Rescue,
    RescueUnits,
)
from scenarios.services.triggers import Breakdown, Trigger
from scenarios.services.weather import Weather, WeatherState

__all__ = [
    "AcuityClass",
    "Aid",
    "Ambulances",
    "Boats",
    "Breakdown",
    "Capsizing",
    "ClassShare",
    "Desk",
    "HealthPost",
    "Heat",
    "HoursWeight",
    "Inflow",
    "LegalClock",
    "Loss",
    "MassCasualty",
    "MobileTeam",
    "Observed",
    "Outbreak",
    "PassingVessels",
    "People",
    "Place",
    "PlaceOfSafety",
    "Reception",
    "Relay",
    "Rescue",
    "RescueUnits",
    "Site",
    "SiteOption",
    "Transport",
    "Trigger",
    "Ward",
    "Weather",
    "WeatherState",
]
