"""Calendars of the mill: what is serviced how often, and how long ago it last was.

Usual practice sets them once (:mod:`.practice`); who commands the mill may set them anew. A calibration follows a
calendar of whole days from the first day of the run on, a change of rolls the hours they have run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite

from pilothouse.plants import Calendar
from proving_ground.silicon_mill.route import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something that is serviced: its calendar but for the numbers of the moment.

    Parameters
    ----------
    title, unit, low, high
        As in :class:`pilothouse.plants.Calendar`.
    every
        How often it is done now.
    age
        Since when, at an hour of the run.
    set_every
        Does it so often from now on.
    """

    title: str
    unit: str
    low: float
    high: float
    every: Callable[[], float]
    age: Callable[[float], float]
    set_every: Callable[[float], None]


class Services:
    """All calendars of a mill.

    Parameters
    ----------
    route
        Its units.
    """

    def __init__(self, route: Route) -> None:
        annealing, cold_mill, coating = route.annealing, route.cold_mill, route.coating
        self._services: Mapping[str, Service] = {
            "soak-pyrometer": Service(
                title="Calibration of the soak pyrometer and the zone thermocouples",
                unit="d",
                low=14.0,
                high=180.0,
                every=lambda: annealing.calibration_days,
                age=lambda at_h: at_h / 24.0 % annealing.calibration_days,
                set_every=lambda days: setattr(annealing, "calibration_days", days),
            ),
            "thickness-gauge": Service(
                title="Calibration of the thickness gauge of the cold mill",
                unit="d",
                low=7.0,
                high=90.0,
                every=lambda: cold_mill.calibration_days,
                age=lambda at_h: at_h / 24.0 % cold_mill.calibration_days,
                set_every=lambda days: setattr(cold_mill, "calibration_days", days),
            ),
            "coater-rolls": Service(
                title="Change of the coater rolls",
                unit="h",
                low=24.0,
                high=96.0,
                every=lambda: coating.roll_change_h,
                age=coating.oldest_roll_h,
                set_every=lambda hours: setattr(coating, "roll_change_h", hours),
            ),
        }

    def told(self, at_h: float) -> dict[str, Calendar]:
        """All of them at an hour of the run."""
        return {
            name: Calendar(
                title=service.title,
                every=service.every(),
                unit=service.unit,
                low=service.low,
                high=service.high,
                age=service.age(at_h),
            )
            for name, service in self._services.items()
        }

    def set_every(self, name: str, every: float) -> str | None:
        """Do a service so often from now on; why not, in words, where that cannot be."""
        service = self._services.get(name)
        if service is None:
            return f"expected one of {', '.join(self._services)}"
        if not (isfinite(every) and service.low <= every <= service.high):
            return f"expected {service.low:g} to {service.high:g} {service.unit}, got {every:g}"
        service.set_every(every)
        return None
