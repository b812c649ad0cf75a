"""What the furnace's computers keep of its heats, and the files they write: the layout of the real records.

Seven files by heat: readings, arcs, additions and their times in two wide tables each, stirring gas. Times are UTC to
the second. A heat has at most one mass per hopper: what is added twice is added up, as there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_S, parse_instant
from proving_ground.ladle_furnace.materials import BULKS, WIRES

START_NS: Final = parse_instant("2025-01-06T05:00:00Z")
"""When every run begins; the plant has no other clock."""


def instant_ns(minutes: float) -> int:
    """The instant of so many minutes after the run began, to the second, as the files keep it."""
    return START_NS + round(minutes * 60.0) * NS_PER_S


def piece_key(number: int) -> str:
    """The name of a heat at the works."""
    return f"H{number + 1:05d}"


@dataclass(frozen=True, slots=True)
class Records:
    """Rows in order of time; instants in minutes after the run began.

    Parameters
    ----------
    readings
        ``(heat, minute, degC, kept)``; what is not kept was seen by the crew but is in no file.
    arcs
        ``(heat, start, end, kWh, kvarh)``.
    additions
        ``(heat, material, minute, kg)``.
    gas
        ``(heat, Nm3)``.
    lost
        ``(file, heat)``: records that are missing from a file.
    """

    readings: list[tuple[int, float, float, bool]] = field(default_factory=list)
    arcs: list[tuple[int, float, float, float, float]] = field(default_factory=list)
    additions: list[tuple[int, str, float, float]] = field(default_factory=list)
    gas: list[tuple[int, float]] = field(default_factory=list)
    lost: set[tuple[str, int]] = field(default_factory=set)

    def write(self, folder: Path) -> None:
        """Write the seven files; the same records give the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        self._temperatures().write_csv(folder / "data_temp.csv")
        self._arcs().write_csv(folder / "data_arc.csv")
        for file, materials in (("bulk", BULKS), ("wire", WIRES)):
            masses, times = self._additions(file, materials)
            masses.write_csv(folder / f"data_{file}.csv")
            times.write_csv(folder / f"data_{file}_time.csv")
        kept = [(piece_key(h), v) for h, v in self.gas if ("gas", h) not in self.lost]
        _table(kept, {"heat": pl.String, "Gas": pl.Float64}).write_csv(folder / "data_gas.csv")

    def pairs(self) -> NDArray[np.float64]:
        """Change of temperature, kWh, minutes and kg between neighbouring readings of a heat, shape (n_pairs, 4)."""
        arcs = _by_heat((h, 0.5 * (start + end), kwh) for h, start, end, kwh, _ in self.arcs)
        added = _by_heat((h, at, kg) for h, _, at, kg in self.additions)
        rows = []
        for before, after in zip(self.readings, self.readings[1:], strict=False):
            heat, start, from_degc, _ = before
            if after[0] == heat:
                kwh = sum(v for at, v in arcs.get(heat, ()) if start <= at < after[1])
                kg = sum(v for at, v in added.get(heat, ()) if start <= at < after[1])
                rows.append((after[2] - from_degc, kwh, after[1] - start, kg))
        return np.array(rows, dtype=float).reshape(-1, 4)

    def _temperatures(self) -> pl.DataFrame:
        rows = [
            (piece_key(h), _stamp(at), degc)
            for h, at, degc, kept in self.readings
            if kept and ("temp", h) not in self.lost
        ]
        return _table(rows, {"heat": pl.String, "Measured at": pl.String, "Temperature": pl.Float64})

    def _arcs(self) -> pl.DataFrame:
        rows = [
            (piece_key(h), _stamp(start), _stamp(end), kwh, kvarh)
            for h, start, end, kwh, kvarh in self.arcs
            if ("arc", h) not in self.lost
        ]
        names = ("heat", "Heating start", "Heating end", "Active energy", "Reactive energy")
        return _table(rows, dict(zip(names, (*[pl.String] * 3, *[pl.Float64] * 2), strict=True)))

    def _additions(self, file: str, materials: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Masses and times, each one row a heat and one column a hopper."""
        masses: dict[int, dict[str, float]] = {}
        times: dict[int, dict[str, str]] = {}
        for heat, material, at, kg in self.additions:
            if material in materials and (file, heat) not in self.lost:
                masses.setdefault(heat, {})
                masses[heat][material] = round(masses[heat].get(material, 0.0) + kg, 1)
                times.setdefault(heat, {})[material] = _stamp(at)
        heads = {m: m.replace("_", " ").capitalize() for m in materials}
        schema = {"heat": pl.String, **dict.fromkeys(heads.values(), pl.Float64)}
        mass_rows = [(piece_key(h), *(row.get(m) for m in materials)) for h, row in masses.items()]
        time_rows = [(piece_key(h), *(row.get(m) for m in materials)) for h, row in times.items()]
        return _table(mass_rows, schema), _table(time_rows, dict.fromkeys(schema, pl.String))


def _table(rows: Iterable[tuple[object, ...]], schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _stamp(minutes: float) -> str:
    """A UTC time to the second as the files write it."""
    seconds = np.datetime64(instant_ns(minutes) // NS_PER_S, "s")
    return str(seconds).replace("T", " ")


def _by_heat(rows: Iterable[tuple[int, float, float]]) -> dict[int, list[tuple[float, float]]]:
    grouped: dict[int, list[tuple[float, float]]] = {}
    for heat, at, value in rows:
        grouped.setdefault(heat, []).append((at, value))
    return grouped
