"""Values on their way to the sink: gathered one by one as they are read, handed over together."""

from array import array
from asyncio import Future
from collections.abc import Callable

import numpy as np

from pilothouse.connect.address import Addresses
from pilothouse.plant.frame import BAD
from pilothouse.plant.sample import Passage, Samples
from pilothouse.ports import Health, Sink


class _Columns:
    """Values of one origin."""

    __slots__ = ("places", "source_ns", "statuses", "values")

    def __init__(self) -> None:
        self.places = array("i")
        self.source_ns = array("q")
        self.values = array("d")
        self.statuses = array("B")


class Batch:
    """Gathers what comes in over one connection.

    Parameters
    ----------
    addresses
        What the connection is asked for; the place of a parameter is its place there.

    Examples
    --------
    >>> from pilothouse.connect.address import Address
    >>> batch = Batch(Addresses(parameters=(Address(parameter="speed", address="n/speed", scale=60.0),)))
    >>> batch.add(0, 7, 0.5, 0)
    >>> batch.samples(received_ns=9)[0].values
    array([30.])
    """

    def __init__(self, addresses: Addresses) -> None:
        self._parameters = tuple(address.parameter for address in addresses.parameters)
        self._scale = np.array([address.scale for address in addresses.parameters])
        self._offset = np.array([address.offset for address in addresses.parameters])
        self._live, self._replayed = _Columns(), _Columns()
        self.passages: list[Passage] = []

    def __len__(self) -> int:
        """How many values and passages."""
        return len(self._live.places) + len(self._replayed.places) + len(self.passages)

    def add(self, place: int, source_ns: int, value: float, status: int, *, is_replayed: bool = False) -> None:
        """One value as it comes, in the unit of its address; what is no finite number is taken as bad."""
        columns = self._replayed if is_replayed else self._live
        columns.places.append(place)
        columns.source_ns.append(source_ns)
        columns.values.append(value)
        columns.statuses.append(status)

    def samples(self, *, received_ns: int) -> list[Samples]:
        """What was gathered, in the units of the parameters; the batch is empty after it."""
        gathered = (("live", self._live), ("replayed", self._replayed))
        self._live, self._replayed = _Columns(), _Columns()
        return [self._of(columns, origin, received_ns) for origin, columns in gathered if columns.places]

    def hand_over(
        self,
        connection: str,
        sink: Sink,
        health: Health,
        *,
        received_ns: int,
        seen: Callable[[Samples], None] | None = None,
    ) -> list[Future[bool]]:
        """Give everything to the sink, and count it; each future says when its part is durable.

        Parameters
        ----------
        connection
            Key.
        sink, health
            Where values go, and where they are counted.
        received_ns
            When they came.
        seen
            Who else looks at them.
        """
        told = []
        for samples in self.samples(received_ns=received_ns):
            if seen is not None:
                seen(samples)
            health.count("values", len(samples))
            if samples.origin == "replayed":
                health.count("replayed", len(samples))
            health.last_ns = received_ns
            told.append(sink.take(connection, samples))
        if self.passages:
            passages, self.passages = self.passages, []
            health.count("passages", len(passages))
            told.append(sink.take_passages(connection, passages))
        for future in told:
            future.add_done_callback(_retrieve)
        return told

    def _of(self, columns: _Columns, origin: str, received_ns: int) -> Samples:
        which = np.frombuffer(columns.places, dtype=np.int32)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is no value, and is marked below
            values = np.frombuffer(columns.values, dtype=np.float64) * self._scale[which] + self._offset[which]
        statuses = np.frombuffer(columns.statuses, dtype=np.uint8)
        is_none = ~np.isfinite(values)
        if is_none.any():
            values[is_none] = np.nan
            statuses = np.where(is_none, np.uint8(BAD), statuses)
        return Samples(
            parameters=self._parameters,
            which=which,
            source_ns=np.frombuffer(columns.source_ns, dtype=np.int64),
            values=values,
            statuses=statuses,
            received_ns=received_ns,
            origin=origin,
        )


def _retrieve(future: Future[bool]) -> None:
    """Look at a failure, so that the event loop does not complain of one that nobody waited for."""
    if not future.cancelled():
        future.exception()
