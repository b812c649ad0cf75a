"""What tests of connections share: a small plant with connections as declared, a live store in memory, told sources."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest

from pilothouse.connect.address import Address, Addresses
from pilothouse.connect.declaration import Connection, read_connections
from pilothouse.errors import StoreError
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.plant.sample import Gap, Passage, Samples
from pilothouse.ports import Health, SeriesInfo, Sink, Taken

S = 10**9


def samples_of(at_s: Sequence[float], *, key: str = "speed", origin: str = "live", value: float = 1.0) -> Samples:
    n = len(at_s)
    return Samples(
        parameters=(key,),
        which=np.zeros(n, np.int32),
        source_ns=np.array([round(s * S) for s in at_s], dtype=np.int64),
        values=np.full(n, value),
        statuses=np.zeros(n, np.uint8),
        received_ns=2_000 * S,
        origin=origin,
    )


class Shelf:
    """A live store that keeps what it is given, and refuses while it is told to."""

    def __init__(self) -> None:
        self.batches: list[Samples] = []
        self.told_passages: list[Passage] = []
        self.told_gaps: list[Gap] = []
        self.is_full = False

    def write(self, batches: Sequence[Samples]) -> Taken:
        if self.is_full:
            raise StoreError("the disk is full")
        self.batches += batches
        return Taken(new=sum(len(b) for b in batches), repeated=0, late=0)

    def write_passages(self, passages: Sequence[Passage]) -> None:
        self.told_passages += passages

    def write_gaps(self, gaps: Sequence[Gap]) -> None:
        self.told_gaps += gaps

    def latest(self) -> Samples:
        return self.batches[-1] if self.batches else samples_of([])

    def read(
        self, parameters: Sequence[str], *, start_ns: int, end_ns: int, as_of_ns: int | None = None
    ) -> pl.DataFrame:
        raise NotImplementedError

    def passages(self, place: str, *, start_ns: int, end_ns: int) -> tuple[Passage, ...]:
        raise NotImplementedError

    def gaps(self, *, start_ns: int, end_ns: int) -> tuple[Gap, ...]:
        raise NotImplementedError

    def info(self) -> SeriesInfo:
        raise NotImplementedError

    def close(self) -> None:
        pass

    @property
    def values(self) -> int:
        return sum(len(b) for b in self.batches)


class Told:
    """A source that does what a script says, one call of ``run`` an entry; then waits."""

    def __init__(self, key: str, *script: Callable[[Sink, Health], object]) -> None:
        self.key = key
        self.script = list(script)
        self.runs = 0

    async def run(self, sink: Sink, health: Health) -> None:
        self.runs += 1
        if not self.script:
            health.state = "running"
            await asyncio.Event().wait()
        done = self.script.pop(0)(sink, health)
        if asyncio.iscoroutine(done):
            await done


@pytest.fixture
def connection(tmp_path) -> Callable[..., Connection]:
    def make(key: str = "level-2", every_s: float | None = 1.0) -> Connection:
        return Connection(
            key=key,
            kind="told",
            addresses=Addresses(parameters=(Address(parameter="speed", address="V"),)),
            every_ns=None if every_s is None else round(every_s * S),
            settings=None,
            root=tmp_path,
        )

    return make


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


KEYS = ("speed", "force", "power", "level", "count", "carbon", "aim")


def parameter(key: str) -> Parameter:
    role = {"carbon": "laboratory", "aim": "lever"}.get(key, "measured")
    return Parameter(key=key, name=key, kind="opaque", unit="-", role=role, equipment="furnace")


PLANT = Plant(
    key="mill",
    name="Mill",
    time_zone="Europe/Berlin",
    currency="EUR",
    equipment={"furnace": Equipment(key="furnace", level="work_unit", name="Furnace")},
    parameters={key: parameter(key) for key in KEYS},
    materials={},
    segments={},
    orders={},
    kpis={},
)


@pytest.fixture
def plant() -> Plant:
    return PLANT


@pytest.fixture
def declare(tmp_path):
    """Connections of a kind: its lines of TOML, and rows of its addresses."""

    def connection(kind: str, its: object, lines: str, rows: list[str], *, key: str = "line") -> Connection:
        (tmp_path / f"{key}.csv").write_text("\n".join(["address,parameter,piece_of,unit,writable", *rows, ""]))
        text = f'[[connection]]\nkey = "{key}"\nkind = "{kind}"\naddresses = "{key}.csv"\n{lines}\n'
        found, faults = read_connections(tmp_path, Declaration.parse(text), PLANT, {kind: its})
        assert [str(fault) for fault in faults] == []
        return found[0]

    return connection
