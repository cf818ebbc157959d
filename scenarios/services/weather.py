"""What a scenario file says about weather."""

from pydantic import Field, model_validator

import simulation.parts
from scenarios.values import Name, Section, Share, SomeKilometers, WaveHeight, default


class WeatherState(Section):
    """A kind of day."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    share: Share
    """Long-run share of days; the states make 100 %."""
    wave_height: WaveHeight
    """Significant height of the waves; it decides who may go out."""
    visibility: SomeKilometers = default("20 km", "clear; it only matters for searches by table")
    """How far a lookout sees."""
    by_month: tuple[Share, ...] = ()
    """Share in each month from January, 12 values, where it differs over the year."""


class Weather(Section):
    """A named weather, day by day, that everything that refers to it shares."""

    name: Name
    """What it is called in the results; other blocks name it so."""
    states: tuple[WeatherState, ...] = Field(min_length=1)
    """From the best to the worst."""
    persistence: Share
    """Chance that a day keeps the weather of the day before; otherwise it is drawn anew."""

    @model_validator(mode="after")
    def _possible(self) -> "Weather":
        problems = self.to_simulation().problems()
        if problems:
            raise ValueError(
                " ".join(problem.partition(": ")[2] or problem for problem in problems)
            )
        return self

    def to_simulation(self) -> simulation.parts.Weather:
        """Return the weather in canonical units."""
        states = tuple(
            simulation.parts.WeatherState(
                name=state.name,
                share=state.share,
                wave_height=state.wave_height,
                visibility=state.visibility,
                by_month=state.by_month,
            )
            for state in self.states
        )
        return simulation.parts.Weather(self.name, states, self.persistence)
