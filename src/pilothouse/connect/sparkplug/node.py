"""One edge node and its devices, as the host knows them: born, in order, doubtful, dead."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Final

from pilothouse.connect.batch import Batch
from pilothouse.connect.sparkplug.births import Asked, Births
from pilothouse.connect.sparkplug.reading import Reader
from pilothouse.connect.sparkplug.sequence import Sequence
from pilothouse.plant.frame import BAD
from pilothouse.ports import Health
from pilothouse.wire.sparkplug import Payload
from pilothouse.wire.sparkplug.metric import instant_ns
from pilothouse.wire.sparkplug.topic import BD_SEQ

_MOST_HELD: Final = 2_000
"""Messages that wait for the birth that says whether their aliases still mean what they meant."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message of a node."""

    kind: str
    device: str
    payload: Payload
    received_ns: int


class Node:
    """An edge node.

    A message that never came may have been a birth that gave the aliases to other metrics. So from a gap on, what is
    told by alias is held until the next birth: where that gives every alias to the same metric the held values are
    read, and where it does not they are dropped and counted as ``doubtful``. A wrong value is worse than none.

    Parameters
    ----------
    key
        ``group/node``, as ``health.stale`` names it.
    asked
        What is wanted, by device (the node's own under the empty text) and name.
    batch, health
        Where values go, and where is counted.
    tolerance_ns
        How long a missing message is waited for.

    Attributes
    ----------
    is_born
        Whether its birth is known and its death is not.
    births
        Of what lives, by device.
    wants_rebirth
        Whether it has to tell its births again.
    asked_ns
        When it was last asked to.
    """

    def __init__(
        self, key: str, asked: Mapping[str, Mapping[str, Asked]], batch: Batch, health: Health, tolerance_ns: int
    ) -> None:
        self.key = key
        self.is_born = False
        self.births: dict[str, Births] = {}
        self.wants_rebirth = False
        self.asked_ns = 0
        self._asked = asked
        self._batch = batch
        self._health = health
        self._reader = Reader(batch, health)
        self._sequence: Sequence[Told] = Sequence(tolerance_ns)
        self._birth: tuple[int | None, int, int] = (None, -1, -1)
        self._newest_ms = -1
        self._before: dict[str, Births] = {}
        self._doubtful: set[str] = set()
        self._held: list[Told] = []

    # ---- what it says --------------------------------------------------------------------------------------------

    def take(self, told: Told) -> None:
        """One message, in whatever order it came."""
        if told.kind == "NBIRTH":
            self._be_born(told)
        elif told.kind == "NDEATH":
            self._die_if_meant(told)
        elif not self.is_born:
            self._miss_birth(told)
        elif not told.payload.HasField("seq"):
            self._health.count("malformed")
        else:
            self._take_in_order(told, told.payload.seq % 256)

    def _take_in_order(self, told: Told, number: int) -> None:
        if self._sequence.is_behind(number) and told.payload.timestamp > self._newest_ms:
            self._doubt()  # too new for a repetition: its numbers began anew without a birth
            ready = self._sequence.skip_to(number, told)
        else:
            before = self._sequence.repeated
            ready = self._sequence.offer(number, told, told.received_ns)
            if self._sequence.repeated > before:
                self._health.count("repeated")
        for one in ready:
            self._apply(one)

    def pass_time(self, now_ns: int) -> None:
        """Give up messages that did not come in time."""
        missing, ready = self._sequence.give_up(now_ns)
        if not missing:
            return
        self._health.count("missing", missing)
        self._doubt()
        for one in ready:
            self._apply(one)

    def _doubt(self) -> None:
        """From a gap on nobody knows what an alias means, until it is told again."""
        self._health.count("gaps")
        self._doubtful = {device for device, births in self.births.items() if births.by_alias}
        self.wants_rebirth = True

    def lose(self, now_ns: int) -> None:
        """The line to the broker is lost: nothing of it is known any more."""
        self._drop_held(self._held)
        self._held = []
        if self.is_born:
            self._die(now_ns)

    @property
    def is_waiting(self) -> bool:
        """Whether time matters: a message is missing, or a birth was asked for."""
        return self._sequence.is_waiting or self.wants_rebirth

    @property
    def is_doubtful(self) -> bool:
        """Whether values are held until a birth."""
        return bool(self._doubtful)

    # ---- births --------------------------------------------------------------------------------------------------

    def _be_born(self, told: Told) -> None:
        payload, bd_seq = told.payload, _bd_seq(told.payload)
        if self.is_born and (bd_seq, payload.timestamp, payload.seq) == self._birth:
            self._health.count("repeated")
            return
        if payload.HasField("seq"):
            self._sequence.begin(payload.seq % 256)
        else:
            self._health.count("malformed")
            self._sequence.begin(0)
        self._birth, self._newest_ms = (bd_seq, payload.timestamp, payload.seq), payload.timestamp
        self.is_born, self.wants_rebirth = True, False
        self._before = {**self._before, **self.births}
        self.births = {}
        self._health.count("births")
        self._health.stale.discard(self.key)
        self._bear("", told)

    def _bear(self, device: str, told: Told) -> None:
        """The birth of the node itself or of a device: its table, what was held for it, its first values."""
        births = Births(told.payload.metrics, self._asked.get(device, {}))
        if births.malformed:
            self._health.count("malformed", births.malformed)
        before = self.births.get(device) or self._before.pop(device, None)
        held = [one for one in self._held if one.device == device]
        self._held = [one for one in self._held if one.device != device]
        self._doubtful.discard(device)
        self.births[device] = births
        if births.is_same(before):
            for one in held:
                self._read(births, one)
        else:
            self._drop_held(held)
        self._read(births, told)

    # ---- everything else, in order -------------------------------------------------------------------------------

    def _apply(self, told: Told) -> None:
        self._newest_ms = max(self._newest_ms, told.payload.timestamp)
        if told.kind == "DBIRTH":
            self._health.count("births")
            self._health.stale.discard(f"{self.key}/{told.device}")
            self._bear(told.device, told)
        elif told.kind == "DDEATH":
            self._health.count("deaths")
            at_ns = instant_ns(told.payload.timestamp)
            self._mark(told.device, told.received_ns if at_ns is None else at_ns)
            self.births.pop(told.device, None)
            self._doubtful.discard(told.device)
        elif told.device not in self.births:
            self._miss_birth(told)
        elif told.device in self._doubtful:
            self._hold(told)
        else:
            self._read(self.births[told.device], told)

    def _read(self, births: Births, told: Told) -> None:
        unknown = self._reader.read(told.payload, births, received_ns=told.received_ns)
        if unknown:
            self._health.count("unknown", unknown)
            self.wants_rebirth = True

    def _miss_birth(self, told: Told) -> None:
        if told.kind != "DDEATH":
            self._health.count("before_birth", max(1, len(told.payload.metrics)))
            self.wants_rebirth = True

    def _hold(self, told: Told) -> None:
        self._held.append(told)
        if len(self._held) > _MOST_HELD:
            self._drop_held([self._held.pop(0)])

    def _drop_held(self, held: list[Told]) -> None:
        lost = sum(len(one.payload.metrics) for one in held)
        if lost:
            self._health.count("doubtful", lost)

    # ---- deaths --------------------------------------------------------------------------------------------------

    def _die_if_meant(self, told: Told) -> None:
        """A death counts if it belongs to the birth: one of an earlier session may come late."""
        bd_seq = _bd_seq(told.payload)
        if self.is_born and bd_seq != self._birth[0]:
            self._health.count("deaths_ignored")
            return
        self._health.count("deaths")
        self._die(told.received_ns)

    def _die(self, now_ns: int) -> None:
        if self.is_born:
            for device in self.births:
                self._mark(device, now_ns)
        self._health.stale.add(self.key)
        self.is_born = False
        self._before = {}
        self.births = {}
        self._doubtful = set()
        self._drop_held(self._held)
        self._held = []
        self._sequence.begin(255)

    def _mark(self, device: str, at_ns: int) -> None:
        """Say of every value that it is not live."""
        self._health.stale.add(f"{self.key}/{device}" if device else self.key)
        for asked in self._asked.get(device, {}).values():
            if asked.parameter >= 0:
                self._batch.add(asked.parameter, at_ns, nan, BAD)


def _bd_seq(payload: Payload) -> int | None:
    for metric in payload.metrics:
        if metric.name == BD_SEQ:
            return int(metric.long_value or metric.int_value)
    return None
