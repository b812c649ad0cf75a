"""The watchdog: counts a parameter up while the hub is well, and takes set-points back whose reason has lapsed.

The plant's side of it is documented in `docs/design/write-back.md`: a controller that sees the counter stand still goes
to its baseline by itself. That is what helps when the hub is dead or the network is cut, where the hub can do nothing.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pilothouse.connect.gate import unwell
from pilothouse.errors import SourceError
from pilothouse.hub.commanding import Sent
from pilothouse.hub.dispatching import Gate
from pilothouse.hub.hub import Hub
from pilothouse.hub.outlets import Wires
from pilothouse.ports import Health

_LOG = logging.getLogger(__name__)

WRAPS: Final = 30_000
"""The counter begins anew here: any controller holds it in two bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One look of the watchdog.

    Parameters
    ----------
    unwell
        Why the hub does not see the plant; nothing where it does.
    beat
        The counter that was written; None where it was not due, or not written.
    settled
        Commands of before that were found out about, or are still open.
    taken_back
        Set-points whose reason lapsed, and what became of each.
    """

    unwell: tuple[str, ...]
    beat: int | None
    settled: tuple[Sent, ...]
    taken_back: tuple[Sent, ...]


class Watchdog:
    """Looked after once a second or so, by whoever runs the hub.

    Parameters
    ----------
    hub, gate, wires
        What it watches with.
    clock
        Of the hub, unless another is given.
    """

    def __init__(self, hub: Hub, gate: Gate, wires: Wires, *, clock: Callable[[], int] | None = None) -> None:
        self._gate = gate
        self._wires = wires
        self._clock = clock or hub.clock
        self._settings = hub.workspace.write_back
        self._beat: int | None = None
        self._beat_ns: int | None = None
        self._is_beating = True

    def look(self, healths: Sequence[Health]) -> Watched:
        """Find out about open commands, take back what has no reason any more, and count up if all is well.

        Raises
        ------
        StoreError
            If the ledger cannot be reached; then the counter stands still too.
        """
        reasons = unwell(healths, self._clock(), self._settings.greatest_silence_ns)
        settled = self._gate.reconcile()
        lapsed = self._gate.lapsed(reasons)
        taken_back = [sent for key, why in lapsed.items() for sent in self._gate.fall_back(key, why)]
        beat = None if reasons else self._count_up()
        return Watched(unwell=reasons, beat=beat, settled=settled, taken_back=tuple(taken_back))

    def _count_up(self) -> int | None:
        parameter, now_ns = self._settings.heartbeat, self._clock()
        if parameter is None or not self._settings.enabled:
            return None
        if self._beat_ns is not None and 0 <= now_ns - self._beat_ns < self._settings.heartbeat_ns:
            return None
        try:
            if self._beat is None:
                shown = self._wires.read(parameter, timeout_s=self._settings.timeout_s).value
                self._beat = int(shown) % WRAPS if shown is not None else 0
            following = (self._beat + 1) % WRAPS
            self._wires.write(parameter, float(following), timeout_s=self._settings.timeout_s)
        except SourceError as error:
            if self._is_beating:
                _LOG.warning("heartbeat %s is lost: %s", parameter, error)
            self._is_beating = False
            return None
        if not self._is_beating:
            _LOG.info("heartbeat %s goes on", parameter)
        self._is_beating, self._beat, self._beat_ns = True, following, now_ns
        return following
