"""Random search of an area that grows: when a group is found, and how likely that was.

Koopman's random search (1946): searching at speed *v* with sweep width *W* in an area *A* finds a
target at the rate ``W v / A``. Units that search together add their ``W v``. A radius that grows by
*g* per hour gives ``A(t) = pi (r0 + g t)**2``, and the hazard summed from *a* to *b* is

    ``W v / (pi g) (1 / r(a) - 1 / r(b))``,   or   ``W v (b - a) / A``   when *g* is 0.

The group is found when this sum reaches ``-log(u)``, *u* its own uniform draw; where the area
outgrows the search that may never happen. ``1 - exp(-sum)`` is the expected probability of
detection (POD) by which a search is called off.
"""

from __future__ import annotations

import math
from typing import Final

NEVER: Final = math.inf


class Effort:
    """The search for one incident.

    Parameters
    ----------
    area : float, km2
        When the radius begins to grow.
    drift : float, km/h
        Growth of the radius.
    began : float, h
        When the radius begins to grow.

    """

    __slots__ = ("_area", "_began", "_drift", "_radius", "_rate", "_since", "hazard", "swept")

    def __init__(self, area: float, drift: float, began: float) -> None:
        self._area = area
        self._drift = drift
        self._began = began
        self._radius = math.sqrt(area / math.pi)
        self._since = began
        self._rate = 0.0
        self.hazard = 0.0
        """Hazard so far."""
        self.swept: dict[int, float] = {}
        """Sweep width times speed of each unit that searches, km2/h."""

    @property
    def pod(self) -> float:
        """Expected probability of detection so far."""
        return -math.expm1(-self.hazard)

    def change(self, now: float) -> None:
        """Add up the hazard until now; call it before and after ``swept`` changes."""
        self.hazard += self._between(self._since, now)
        self._since = now
        self._rate = 0.0
        for swept in self.swept.values():  # sum() rounds otherwise from Python 3.12 on
            self._rate += swept

    def time_to(self, target: float) -> float:
        """Hours from the last change until the hazard reaches a target, if nothing changes."""
        missing = target - self.hazard
        if missing <= 0:
            return 0.0
        if self._rate == 0:
            return NEVER
        if self._drift == 0:
            return missing / (self._rate / self._area)
        now = self._radius_at(self._since)
        if now == 0:
            return 0.0
        inverse = 1 / now - missing * math.pi * self._drift / self._rate
        return (1 / inverse - now) / self._drift if inverse > 0 else NEVER

    def _radius_at(self, time: float) -> float:
        return self._radius + self._drift * (time - self._began)

    def _between(self, begin: float, end: float) -> float:
        if self._rate == 0 or end == begin:
            return 0.0
        if self._drift == 0:
            return self._rate * (end - begin) / self._area
        first, last = self._radius_at(begin), self._radius_at(end)
        if first == 0:
            return math.inf
        return self._rate / (math.pi * self._drift) * (1 / first - 1 / last)
