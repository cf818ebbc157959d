"""Space, water and sanitation at sites, computed from how many people are there.

The numbers are those of the UNHCR WASH standards and indicators (March 2018: water, taps, latrines)
and of Sphere 2018, shelter standard 3 (covered living area; taken from later encodings of the
handbook and to be confirmed with it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from simulation.calendars import HOURS_PER_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.cuts import StateArrays, Values
    from simulation.lookups import Lookups
    from simulation.network import Network
    from simulation.parts import Site


class SiteStandard(NamedTuple):
    """How much of something a person needs, or how many persons may share it.

    Parameters
    ----------
    name : str
    what : str
        Attribute of a site.
    most_persons : float, persons per unit of ``what``
        The site is below the standard while more share a unit.

    """

    name: str
    what: str
    most_persons: float


SITE_STANDARDS: Final = (
    SiteStandard("area, emergency: 3.5 m2 per person", "area", 1 / 3.5),
    SiteStandard("area, later: 4.5 m2 per person", "area", 1 / 4.5),
    SiteStandard("latrines, emergency: 50 persons each", "latrines", 50.0),
    SiteStandard("latrines, later: 20 persons each", "latrines", 20.0),
    SiteStandard("taps, emergency: 250 persons each", "taps", 250.0),
    SiteStandard("taps, later: 100 persons each", "taps", 100.0),
    SiteStandard("water, emergency: 15 L per person and day", "water", 1 / 15),
    SiteStandard("water, later: 20 L per person and day", "water", 1 / 20),
)
"""Emergency standards hold for the first weeks, the others later."""


def cut_standards(states: StateArrays, known: Lookups) -> Values:
    """Cut how long, and for how many people, each site was below each standard.

    Parameters
    ----------
    states : StateArrays
    known : Lookups

    Returns
    -------
    dict of str to numpy.ndarray
        ``days_below_standard`` (days) and ``person_days_below_standard`` (person-days), both
        (facility, site_standard); ``most_per_latrine``, ``most_per_tap`` (persons), ``least_area``
        (m2 per person) and ``least_water`` (L per person and day), all (facility,). NaN where the
        site does not say what it has, or nobody was there.

    """
    network, facilities = known.network, known.facilities
    shape = (facilities, len(SITE_STANDARDS))
    days, person_days = np.full(shape, np.nan), np.full(shape, np.nan)
    peaks = np.full(facilities, np.nan)
    for site in network.sites:
        row = known.code(site.name)
        if all(getattr(site, standard.what) is None for standard in SITE_STANDARDS):
            continue
        mine = slice(states.bounds[row], states.bounds[row + 1])
        present, lasts = states.busy[mine].astype(np.float64), states.hours[mine]
        peaks[row] = present.max(initial=0)
        for column, standard in enumerate(SITE_STANDARDS):
            has = getattr(site, standard.what)
            if has is not None:
                below = present > has * standard.most_persons + 1e-9
                days[row, column] = lasts[below].sum() / HOURS_PER_DAY
                person_days[row, column] = (present * lasts)[below].sum() / HOURS_PER_DAY
    return {
        "days_below_standard": days,
        "person_days_below_standard": person_days,
        "most_per_latrine": _shared(network, "latrines", peaks),
        "most_per_tap": _shared(network, "taps", peaks),
        "least_area": _share(network, "area", peaks),
        "least_water": _share(network, "water", peaks),
    }


def _has(network: Network, what: str) -> NDArray[np.float64]:
    """Return what each facility has, NaN where nothing is said."""
    sites: dict[str, Site] = {site.name: site for site in network.sites}
    values = [getattr(sites.get(name), what, None) for name in network.facilities]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _shared(network: Network, what: str, peaks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Most persons that shared one unit; infinite when there are people and no unit."""
    has = _has(network, what)
    none = np.where(peaks > 0, np.inf, 0.0)
    shared = np.divide(peaks, has, out=none, where=has > 0)
    return np.where(np.isnan(has), np.nan, shared)


def _share(network: Network, what: str, peaks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least that one person had; not a number when nobody was there."""
    has = _has(network, what)
    return np.divide(has, peaks, out=np.full_like(has, np.nan), where=peaks > 0)
