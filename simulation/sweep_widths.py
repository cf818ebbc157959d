"""Sweep widths by object, sensor, visibility and sea: how wide a strip a search covers.

Widths are those of the United States Coast Guard, Addendum to the National Search and Rescue
Supplement, COMDTINST M16130.2F, as extracted in the public repository
canterbury-air-patrol/marine-sweep-width-data. The numbers were seen, the original was not
(confidence C): they ship as defaults that a scenario may replace. Weather factors are those of the
IAMSAR manual; the limits between the seas (1.0 m and 1.5 m) are to be confirmed (K). The factors
for the speed of a helicopter over people in the water are of the same addendum.

A boat that has capsized is 10 to 40 times harder to find than the boat afloat: people in the water
have a sweep width of 0.1 to 0.3 nautical miles, boats afloat 2 to 6.
"""

from __future__ import annotations

from typing import Final

import numpy as np

NAUTICAL_MILE: Final = 1.852
"""Kilometers."""
PERSON_IN_WATER: Final = "person in water"

SENSORS: Final[dict[str, tuple[float, ...]]] = {
    "helicopter": (1.0, 3.0, 5.0, 10.0, 15.0),
    "fixed wing": (3.0, 5.0, 10.0),
    "boat": (3.0, 5.0, 10.0),
}
"""Sensor (helicopter at 500 ft, fixed wing at 1,000 ft, lookout of a small boat at 8 ft) with the
visibilities of its columns, nautical miles."""

SWEEP_WIDTHS: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]]] = {
    PERSON_IN_WATER: ((0.0, 0.1, 0.1, 0.1, 0.1), (0.1, 0.1, 0.1), (0.2, 0.3, 0.3)),
    "raft for 4": ((0.5, 1.2, 1.6, 2.2, 2.6), (1.0, 1.3, 1.8), (1.7, 2.2, 3.1)),
    "raft for 10": ((0.6, 1.6, 2.2, 3.1, 3.6), (1.3, 1.8, 2.6), (2.0, 2.8, 4.0)),
    "crowded dinghy": ((0.6, 1.9, 2.7, 4.1, 5.0), (1.6, 2.3, 3.5), (2.4, 3.5, 5.2)),
    "boat of 5 m": ((0.5, 1.2, 1.5, 1.9, 2.2), (1.0, 1.3, 1.7), (0.8, 1.1, 1.5)),
    "boat of 6 m": ((0.7, 2.0, 2.9, 4.3, 5.2), (1.7, 2.5, 3.7), (1.5, 2.2, 3.3)),
    "boat of 10 m": ((0.8, 2.5, 3.9, 6.2, 7.8), (2.2, 3.4, 5.4), (1.9, 2.9, 4.7)),
    "boat of 24 m": ((0.8, 3.3, 5.7, 10.8, 15.0), (2.8, 5.1, 9.8), (2.5, 4.3, 8.3)),
}
"""Object with its sweep widths by sensor in the order of :data:`SENSORS`, nautical miles.

*Crowded dinghy* is the raft for 25 persons, *boat of 5, 6, 10, 24 m* the power boats up to 15, of
20, 33 and 78 ft.
"""

_SMALL: Final = frozenset({PERSON_IN_WATER, "raft for 4", "raft for 10", "boat of 5 m"})
"""Objects for which a sea counts most (rafts, people, boats below 10 m)."""
_SEAS: Final = (1.0, 1.5)
_SMALL_FACTORS: Final = (1.0, 0.5, 0.25)
_LARGE_FACTORS: Final = (1.0, 0.9, 0.9)
_HELICOPTER_SPEEDS: Final = (60.0, 90.0, 120.0, 140.0)
_SPEED_FACTORS: Final = (1.5, 1.0, 0.8, 0.7)


def sweep_width(
    target: str, sensor: str, *, visibility: float, wave_height: float, speed: float
) -> float:
    """Look up the effective sweep width, linear between the visibilities of the table.

    Parameters
    ----------
    target : str
        A key of :data:`SWEEP_WIDTHS`.
    sensor : str
        A key of :data:`SENSORS`.
    visibility : float, km
    wave_height : float, m
    speed : float, km/h
        Of the search; it matters for helicopters over people in the water.

    Returns
    -------
    float, km

    Raises
    ------
    ValueError
        If the table has no such row or column.

    Examples
    --------
    >>> seen = {"visibility": 18.52, "wave_height": 0.5, "speed": 37.0}
    >>> afloat = sweep_width("crowded dinghy", "boat", **seen)
    >>> swimming = sweep_width("person in water", "boat", **seen)
    >>> round(afloat, 2), round(afloat / swimming, 1)
    (9.63, 17.3)

    """
    if target not in SWEEP_WIDTHS:
        msg = f"no sweep width for {target!r}; known: {', '.join(SWEEP_WIDTHS)}."
        raise ValueError(msg)
    if sensor not in SENSORS:
        msg = f"no sweep widths for the sensor {sensor!r}; known: {', '.join(SENSORS)}."
        raise ValueError(msg)
    widths = SWEEP_WIDTHS[target][list(SENSORS).index(sensor)]
    width = float(np.interp(visibility / NAUTICAL_MILE, SENSORS[sensor], widths))
    sea = sum(wave_height > limit for limit in _SEAS)
    width *= (_SMALL_FACTORS if target in _SMALL else _LARGE_FACTORS)[sea]
    if sensor == "helicopter" and target == PERSON_IN_WATER:
        width *= float(np.interp(speed / NAUTICAL_MILE, _HELICOPTER_SPEEDS, _SPEED_FACTORS))
    return width * NAUTICAL_MILE
