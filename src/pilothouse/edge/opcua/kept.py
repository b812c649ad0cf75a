"""What the server showed for some time, so that a client that was away can have it: the history of its variables."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from asyncua import ua
from asyncua.server.history import HistoryStorageInterface
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_S

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STATUS: Final = tuple(
    ua.StatusCode(code) for code in (ua.StatusCodes.Good, ua.StatusCodes.Uncertain, ua.StatusCodes.Bad)
)
_TRIM: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shown:
    """Many variables at one instant."""

    at_ns: int
    values: NDArray[np.float64]
    statuses: NDArray[np.uint8]


@dataclass(slots=True)
class _Line:
    """One variable that changes on its own."""

    at_ns: list[int] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)


class Kept(HistoryStorageInterface):  # type: ignore[misc]  # asyncua has no types
    """A history in memory; see asyncua's storage interface. A continuation point is the instant of the next value.

    Parameters
    ----------
    keep_s
        For how long it keeps.
    """

    def __init__(self, keep_s: float) -> None:
        super().__init__()
        self._keep_ns = round(keep_s * NS_PER_S)
        self._columns: dict[str, int] = {}
        self._shown: list[_Shown] = []
        self._lines: dict[str, _Line] = {}

    def keep(self, keys: Sequence[str], values: NDArray[np.float64], statuses: NDArray[np.uint8], at_ns: int) -> None:
        """Keep what many variables showed; always the same ones."""
        if not self._columns:
            self._columns = {key: place for place, key in enumerate(keys)}
        self._shown.append(_Shown(at_ns=at_ns, values=values.copy(), statuses=statuses.copy()))
        if len(self._shown) > _TRIM and self._shown[len(self._shown) // 2].at_ns < at_ns - self._keep_ns:
            del self._shown[: len(self._shown) // 2]  # a list, cut now and then: a deque is slow in its middle

    def keep_one(self, key: str, value: Any, at_ns: int) -> None:  # noqa: ANN401 - asyncua has no types
        """Keep what one variable shows from then on; the last is always kept."""
        line = self._lines.setdefault(key, _Line())
        place = bisect_left(line.at_ns, at_ns)
        line.at_ns.insert(place, at_ns)
        line.values.insert(place, value)
        first = min(bisect_left(line.at_ns, line.at_ns[-1] - self._keep_ns), len(line.at_ns) - 1)
        del line.at_ns[:first], line.values[:first]

    async def init(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def new_historized_node(self, *_: object, **__: object) -> None:
        """All variables are kept."""

    async def save_node_value(self, *_: object, **__: object) -> None:
        """Values come by :meth:`keep`."""

    async def read_node_history(
        self, node_id: ua.NodeId, start: datetime | None, end: datetime | None, nb_values: int
    ) -> tuple[list[Any], datetime | None]:
        """Values from start to end, both included, and the instant of the first that did not fit."""
        from_ns = 0 if start is None else _instant(start)
        to_ns = 2**62 if end is None or end <= ua.get_win_epoch() else _instant(end)
        most = nb_values or self.max_history_data_response_size
        found = self._find(str(node_id.Identifier), from_ns, to_ns + 1_000, most + 1)
        if len(found) > most:
            return found[:most], found[most].SourceTimestamp
        return found, None

    def _find(self, key: str, from_ns: int, to_ns: int, most: int) -> list[Any]:
        if key in self._lines:
            line = self._lines[key]
            first, last = bisect_left(line.at_ns, from_ns), bisect_left(line.at_ns, to_ns)
            return line.values[first : min(last, first + most)]
        place = self._columns.get(key)
        if place is None:
            return []
        first = bisect_left(self._shown, from_ns, key=lambda shown: shown.at_ns)
        last = bisect_left(self._shown, to_ns, key=lambda shown: shown.at_ns)
        found: list[Any] = []
        for row in range(first, min(last, first + most)):
            shown = self._shown[row]
            at = moment_of(shown.at_ns)
            value = ua.Variant(float(shown.values[place]), ua.VariantType.Double)
            found.append(ua.DataValue(value, _STATUS[int(shown.statuses[place])], at, at))
        return found


def moment_of(instant_ns: int) -> datetime:
    """As asyncua wants an instant, cut to microseconds.

    Examples
    --------
    >>> moment_of(1_500).isoformat()
    '1970-01-01T00:00:00.000001+00:00'
    """
    return _EPOCH + timedelta(microseconds=instant_ns // 1000)


def _instant(moment: datetime) -> int:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    delta = aware - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * NS_PER_S + delta.microseconds * 1_000
