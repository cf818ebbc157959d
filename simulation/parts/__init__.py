"""The parts of a network: people who come, services they meet, who moves them.

All times are hours from the start of the run, distances kilometers, speeds kilometers per hour,
capacities persons or units. Things refer to each other by name.
"""

from simulation.parts.health import (
    AcuityClass,
    Ambulances,
    HealthPost,
    MassCasualty,
    MobileTeam,
    Outbreak,
    TeamStop,
    Ward,
)
from simulation.parts.own import OwnService
from simulation.parts.people import MAX_BOAT, MAX_GROUP, Boats, Composition, Inflow
from simulation.parts.reception import (
    CLOCKS,
    Clock,
    Desk,
    Reception,
    Site,
    SiteOption,
    Transport,
)
from simulation.parts.rescue import (
    Aid,
    Capsizing,
    Heat,
    PassingVessels,
    PlaceOfSafety,
    Relay,
    Rescue,
    RescueUnits,
)
from simulation.parts.triggers import (
    MEASURED,
    Breakdown,
    ChanceLoss,
    Condition,
    ForecastCondition,
    Trigger,
)
from simulation.parts.weather import Weather, WeatherState

__all__ = [
    "CLOCKS",
    "MAX_BOAT",
    "MAX_GROUP",
    "MEASURED",
    "AcuityClass",
    "Aid",
    "Ambulances",
    "Boats",
    "Breakdown",
    "Capsizing",
    "ChanceLoss",
    "Clock",
    "Composition",
    "Condition",
    "Desk",
    "ForecastCondition",
    "HealthPost",
    "Heat",
    "Inflow",
    "MassCasualty",
    "MobileTeam",
    "Outbreak",
    "OwnService",
    "PassingVessels",
    "PlaceOfSafety",
    "Reception",
    "Relay",
    "Rescue",
    "RescueUnits",
    "Site",
    "SiteOption",
    "TeamStop",
    "Transport",
    "Trigger",
    "Ward",
    "Weather",
    "WeatherState",
]
