"""A small works whose files can be written, imported and looked at again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from pilothouse.clock import parse_instant
from pilothouse.connect.files.declared import read_mappings
from pilothouse.connect.files.genealogy import read_genealogies
from pilothouse.connect.files.importer import Progress, import_folder
from pilothouse.connect.files.report import ImportReport
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.frame import status_column
from pilothouse.plant.material import MaterialDefinition
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant

RECEIVED_NS = parse_instant("2026-01-01T00:00:00Z")


def parameter(key: str, kind: str, unit: str, equipment: str = "furnace", **more: Any) -> Parameter:
    return Parameter(key=key, name=key, kind=kind, unit=unit, role="measured", equipment=equipment, **more)


def small_plant(time_zone: str = "UTC") -> Plant:
    parameters = [
        parameter("temperature", "temperature", "degC", low=1450.0, high=1750.0),
        parameter("rise", "temperature_difference", "K"),
        parameter("power", "power", "MW"),
        parameter("gas", "normal_volume", "Nm3"),
        parameter("carbon", "fraction", "%", "laboratory"),
        *(parameter(f"mass_{n}", "mass", "kg") for n in range(1, 4)),
        *(parameter(f"tag_{n}", "opaque", "x") for n in range(1, 21)),
    ]
    units = ("furnace", "laboratory")
    return Plant(
        key="works",
        name="Works",
        time_zone=time_zone,
        currency="EUR",
        equipment={key: Equipment(key=key, level="work_unit", name=key) for key in units},
        parameters={one.key: one for one in parameters},
        materials={
            "heat": MaterialDefinition(key="heat", name="Heat"),
            "slab": MaterialDefinition(key="slab", name="Slab", made_from=("heat",)),
            "coil": MaterialDefinition(key="coil", name="Coil", made_from=("slab",)),
        },
        segments={},
        orders={},
        kpis={},
    )


@dataclass
class Works:
    """A folder to import from, a historian, and what came of it."""

    root: Path
    plant: Plant
    historian: ParquetHistorian

    @property
    def source(self) -> Path:
        return self.root / "source"

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.source / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, toml: str, progress: Progress | None = None) -> ImportReport:
        mappings, faults = read_mappings(Declaration.parse(toml), self.plant)
        genealogies, more = read_genealogies(Declaration.parse(toml), self.plant)
        assert not faults + more, [str(fault) for fault in faults + more]
        return import_folder(
            self.source,
            mappings,
            self.plant,
            self.historian,
            rejects=self.root / "rejects",
            received_ns=RECEIVED_NS,
            progress=progress,
            genealogies=genealogies,
        )

    def rejected(self, mapping: str) -> list[dict[str, Any]]:
        """The reject file of a mapping, row by row."""
        path = self.root / "rejects" / f"{mapping}.csv"
        if not path.exists():
            return []
        rows = pl.read_csv(path, infer_schema=False, missing_columns="raise").fill_null("")
        return rows.with_columns(pl.col("line").cast(pl.Int64)).to_dicts()

    def told(self, key: str) -> list[tuple[Any, ...]]:
        """All observations of a parameter: piece, start, end, known (s), value, status."""
        rows = []
        for frame in self.historian.scan([key]).values():
            mark = pl.col(status_column(key)).fill_null(0) if status_column(key) in frame.columns else pl.lit(0)
            seconds = [pl.col(name) // 10**9 for name in ("start_ns", "end_ns", "known_ns")]
            said = frame.filter(pl.col(key).is_not_null())
            rows += said.select("piece", *seconds, value=pl.col(key), status=mark).rows()
        return sorted(rows, key=lambda row: (row[1], row[0] or "", row[2]))

    def values(self, key: str) -> list[float]:
        return [row[4] for row in self.told(key)]

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything the historian holds."""
        return {key: rows for key in self.plant.parameters if (rows := self.told(key))}


@pytest.fixture
def new_works() -> Iterator[Callable[..., Works]]:
    """Builds a works; as many as are needed."""
    with TemporaryDirectory() as folder:
        opened: list[Works] = []

        def build(time_zone: str = "UTC") -> Works:
            root = Path(folder) / str(len(opened))
            (root / "source").mkdir(parents=True)
            opened.append(Works(root, small_plant(time_zone), ParquetHistorian(root / "historian")))
            return opened[-1]

        yield build
        for works in opened:
            works.historian.close()


@pytest.fixture
def works(new_works: Callable[..., Works]) -> Works:
    return new_works()


@pytest.fixture
def plant() -> Plant:
    return small_plant()
