"""The plant's clock on the wall: instants of a plant that runs in its own time, as instants of now."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Wall:
    """Maps a plant's instants onto the clock of the machine, at a speed.

    Parameters
    ----------
    plant_ns, wall_ns
        One instant by both clocks.
    speed
        Plant seconds in a second.

    Examples
    --------
    >>> wall = Wall(plant_ns=1_000, wall_ns=50_000, speed=10.0)
    >>> wall.instant(2_000), wall.instant(0)
    (50100, 49900)
    """

    plant_ns: int
    wall_ns: int
    speed: float = 1.0

    def instant(self, plant_ns: int) -> int:
        """On the wall."""
        return self.wall_ns + round((plant_ns - self.plant_ns) / self.speed)

    def begin_again(self, plant_ns: int, wall_ns: int) -> None:
        """Go on from here: the machine was too slow, and lags behind no longer."""
        self.plant_ns, self.wall_ns = plant_ns, wall_ns
