"""The status of a running hub, as data in a file that it writes every second and anybody may read.

A hub that is gone cannot say so; the reader sees it by the age of what was said. So nothing is ever shown as running
that is not.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from pilothouse.clock import NS_PER_S
from pilothouse.errors import StoreCorruptError, StoreError
from pilothouse.ports import Health

STALE_NS: Final = 5 * NS_PER_S
"""A hub that has not said anything for so long is not running, or hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStatus:
    """What a hub says of itself.

    Parameters
    ----------
    process
        Its number.
    since_ns, at_ns
        Since when it runs, and when it said this.
    connections
        The health of each, as JSON values.
    intake
        What waits, what was taken since the start; why the store refuses, and why no observations can be made, if so.
    scenarios
        Of each what waits, runs and failed.
    plant
        Key of the plant.
    """

    process: int
    since_ns: int
    at_ns: int
    plant: str
    connections: tuple[Mapping[str, object], ...]
    intake: Mapping[str, object] = field(default_factory=dict)
    scenarios: Mapping[str, object] = field(default_factory=dict)

    def is_running(self, now_ns: int) -> bool:
        """Whether it said something just now."""
        return now_ns - self.at_ns <= STALE_NS

    @property
    def faults(self) -> tuple[str, ...]:
        """What a person should look at, in words; nothing where all is well."""
        told = [
            f"{one['connection']}: {one['state']}" + (f", {one['why']}" if one["why"] else "")
            for one in self.connections
            if one["state"] != "running"
        ]
        stale = [f"{one['connection']}: {', '.join(one['stale'])} dead" for one in self.connections if one["stale"]]  # type: ignore[arg-type]
        whole = [f"intake: {said}" for name in ("refused", "unobserved") if (said := str(self.intake.get(name, "")))]
        return (*told, *stale, *whole)


def health_json(health: Health) -> dict[str, object]:
    """The health of a connection as JSON values."""
    return {**asdict(health), "stale": sorted(health.stale), "counts": dict(sorted(health.counts.items()))}


def write_status(path: Path, status: HubStatus) -> None:
    """Say it, whole or not at all. A disk that refuses costs only this."""
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(asdict(status)), encoding="utf-8")
    draft.replace(path)


def read_status(path: Path) -> HubStatus | None:
    """What was said last; None where no hub ever ran here.

    Raises
    ------
    StoreError
        If the file cannot be read.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return HubStatus(**{**told, "connections": tuple(told["connections"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        hint = "start the hub anew: it is written again every second"
        raise StoreCorruptError(f"the status cannot be understood: {error}", hint=hint, file=str(path)) from error
    except OSError as error:
        raise StoreError(f"the status cannot be read: {error.strerror}", file=str(path)) from error
