"""A watched folder feeds the historian: whole files only, once each, joins across time, bad ones apart."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pilothouse.connect.address import Addresses
from pilothouse.connect.declaration import Connection
from pilothouse.connect.drop.settings import DropSettings
from pilothouse.connect.drop.source import DropSource
from pilothouse.connect.drop.taking import FileImport
from pilothouse.connect.files.declared import read_mappings
from pilothouse.connect.intake import Intake
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.ports import Health

TOML = """
[[import]]
key = "arc"
file = "arc_*.csv"
piece = "heat"
time = "at"
columns = { "T" = { parameter = "temperature" } }

[[import]]
key = "gas"
file = "gas.csv"
piece = "heat"
time = "at"
columns = { "G" = { parameter = "gas" } }
join = [{ file = "times.csv", on = ["heat"] }]
"""


def parameter(key: str, kind: str, unit: str) -> Parameter:
    return Parameter(key=key, name=key, kind=kind, unit=unit, role="measured", equipment="furnace")


PLANT = Plant(
    key="works",
    name="Works",
    time_zone="UTC",
    currency="EUR",
    equipment={"furnace": Equipment(key="furnace", level="work_unit", name="furnace")},
    parameters={
        "temperature": parameter("temperature", "temperature", "degC"),
        "gas": parameter("gas", "normal_volume", "Nm3"),
    },
    materials={},
    segments={},
    orders={},
    kpis={},
)


class Works:
    """A folder that is watched, and what was imported of it."""

    def __init__(self, root: Path, historian: ParquetHistorian, shelf: Any) -> None:
        mappings, faults = read_mappings(Declaration.parse(TOML), PLANT)
        assert faults == ()
        self.folder = root / "in"
        self.folder.mkdir()
        self.historian = historian
        self.shelf = shelf
        self.root = root
        self.files = FileImport(
            mappings=mappings,
            genealogies=(),
            plant=PLANT,
            historian=historian,
            rejects=root / "rejects",
            staging=root / "store" / "staging",
        )

    def watch(
        self, *acts: Callable[[], object], after: str = "keep", for_s: float = 0.25, settles: bool = True
    ) -> Health:
        settings = DropSettings(folder="in", poll_s=0.02, settle_s=0.05, pattern="*", after=after)
        connection = Connection(
            key="shift", kind="drop", addresses=Addresses(), every_ns=None, settings=settings, root=self.root
        )
        health = Health(connection="shift")

        async def story() -> None:
            sink = Intake(self.shelf, connections=[connection], health={"shift": health}, files=self.files)
            task = asyncio.create_task(DropSource(connection).run(sink, health))
            for act in acts or [lambda: None]:
                act()
                await asyncio.wait({task}, timeout=for_s)
                for _ in range(1_000 if settles else 0):
                    if health.counts.get("waiting") == 0:
                        break
                    await asyncio.wait({task}, timeout=0.02)
                assert not task.done(), task.exception()
            task.cancel()
            await asyncio.wait({task})

        asyncio.run(story())
        return health

    def values(self, key: str) -> list[float]:
        return sorted(v for frame in self.historian.scan([key]).values() for v in frame[key].drop_nulls().to_list())


@pytest.fixture
def works(tmp_path: Path, shelf: Any) -> Iterator[Works]:
    with ParquetHistorian(tmp_path / "store" / "historian") as historian:
        yield Works(tmp_path, historian, shelf)


def arc(value: float) -> str:
    return f"heat,at,T\n17,2026-01-01T00:00:0{int(value) % 10},{value}\n"


def test_a_file_that_comes_is_imported_once(works: Works) -> None:
    health = works.watch(lambda: (works.folder / "arc_1.csv").write_text(arc(1501)))
    assert works.values("temperature") == [1501]
    assert (health.counts["files"], health.counts["waiting"]) == (1, 0)
    assert works.watch().counts.get("files", 0) == 0


def test_a_half_written_file_is_not_read(works: Works) -> None:
    file = works.folder / "arc_1.csv"
    whole = arc(1501) + "18,2026-01-01T00:01:00,1502\n"

    def grow() -> None:
        file.write_text(whole[:30])

    def finish() -> None:
        file.write_text(whole)

    works.watch(grow, finish, for_s=0.03, settles=False)
    assert works.values("temperature") == []
    works.watch()
    assert works.values("temperature") == [1501, 1502]


def test_a_joined_file_that_comes_later_brings_what_waited(works: Works) -> None:
    health = works.watch(
        lambda: (works.folder / "gas.csv").write_text("heat,G\n17,5.0\n"),
        lambda: (works.folder / "times.csv").write_text("heat,at\n17,2026-01-01T00:00:00\n"),
    )
    assert works.values("gas") == [5.0]
    assert health.counts["failed"] == 1


def test_bad_files_are_put_aside_and_good_ones_go_on(works: Works) -> None:
    def come() -> None:
        (works.folder / "arc_1.csv").write_bytes(b"\x00\xff\x00garbage")
        (works.folder / "arc_2.csv").write_text(arc(1502))
        (works.folder / "letter.txt").write_text("hello")

    health = works.watch(come, after="move")
    assert works.values("temperature") == [1502]
    assert sorted(p.name for p in (works.folder / "failed").iterdir()) == ["arc_1.csv", "letter.txt"]
    assert [p.name for p in (works.folder / "imported").iterdir()] == ["arc_2.csv"]
    assert health.counts["failed"] == 2
    assert "letter.txt" in health.why
