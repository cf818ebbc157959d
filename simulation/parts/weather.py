"""Weather of a region: states that follow each other day by day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WeatherState:
    """A kind of day.

    Parameters
    ----------
    name : str
    share : float, dimensionless
        Long-run share of days.
    wave_height : float, m
        Significant height of the waves; it decides who may go out.
    visibility : float, km
        How far a lookout sees.
    by_month : tuple of 12 float, dimensionless, or empty
        Share in each month from January, where it differs over the year.

    """

    name: str
    share: float
    wave_height: float
    visibility: float
    by_month: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Weather:
    """A named weather process that everything of a region shares.

    Parameters
    ----------
    name : str
    states : tuple of WeatherState
        From the best to the worst; their shares sum to 1.
    persistence : float, dimensionless
        Chance that a day keeps the weather of the day before; otherwise its state is drawn anew.

    """

    name: str
    states: tuple[WeatherState, ...]
    persistence: float

    def problems(self) -> list[str]:
        """List what is impossible, one sentence each."""
        found = []
        if not self.states:
            found.append(f"{self.name}: a weather needs at least one state.")
        if not 0 <= self.persistence < 1:
            found.append(
                f"{self.name}.persistence is {self.persistence:g}; it lies from 0 to below 1."
            )
        heights = [state.wave_height for state in self.states]
        if heights != sorted(heights):
            found.append(
                f"{self.name}: wave heights {', '.join(f'{h:g} m' for h in heights)} are not in "
                "order; list the states from the best weather to the worst."
            )
        if any(state.visibility <= 0 or state.wave_height < 0 for state in self.states):
            found.append(f"{self.name}: visibility must be above 0 and wave heights not below 0.")
        seasonal = [bool(state.by_month) for state in self.states]
        if any(seasonal) and not all(len(state.by_month) == 12 for state in self.states):
            found.append(f"{self.name}: by_month needs 12 shares in every state, or in none.")
            return found
        months = range(12) if any(seasonal) else range(0)
        rows = [("", [state.share for state in self.states])]
        rows += [
            (f" in month {month + 1}", [state.by_month[month] for state in self.states])
            for month in months
        ]
        for when, shares in rows:
            if self.states and (abs(sum(shares) - 1) > 1e-6 or min(shares) < 0):
                found.append(
                    f"{self.name}: shares of the states{when} sum to {sum(shares):g}, not to 1."
                )
        return found
