"""Two plants for the command line: the proving ground's furnace, and a coating line like no other plant here."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from openpyxl import Workbook

from pilothouse.cli import main
from pilothouse.clock import NS_PER_MIN, parse_instant
from pilothouse.hub.proving_ground import FILES, family, raise_plant
from pilothouse.seeds import stream

FURNACE_HEATS = 400


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def run(capsys) -> Callable[..., Said]:
    """Run a command as a person would."""

    def command(*arguments) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return Said(code=ending.value.code or 0, out=told.out, err=told.err)

    return command


def quietly(*arguments) -> None:
    """Run a command for its effect; used where no test is there to catch what it says."""
    with pytest.raises(SystemExit) as ending:
        main([str(argument) for argument in arguments])
    assert not ending.value.code, arguments


# ---- The furnace of the proving ground ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Furnace:
    """Workspaces of one furnace: learnt on the first seven tenths, and besides proved on the rest."""

    learnt: Path
    proved: Path


@pytest.fixture(scope="session")
def furnaces(tmp_path_factory) -> Furnace:
    root = tmp_path_factory.mktemp("furnace")
    raise_plant(family("ladle-furnace"), root / "learnt", seed=7, plant_variation=3, practice="", pieces=FURNACE_HEATS)
    quietly("import", root / "learnt", root / "learnt" / FILES, "--json")
    quietly("learn", root / "learnt", "--until-fraction", "0.7", "--json")
    shutil.copytree(root / "learnt", root / "proved")
    quietly("prove", root / "proved", "--from-fraction", "0.7", "--every", "200", "--json")
    return Furnace(learnt=root / "learnt", proved=root / "proved")


@pytest.fixture
def learnt(furnaces, tmp_path) -> Path:
    """A furnace that has learnt and stands at observe; to be changed freely."""
    return shutil.copytree(furnaces.learnt, tmp_path / "learnt")


@pytest.fixture
def proved(furnaces, tmp_path) -> Path:
    """A furnace that may advise; to be changed freely."""
    return shutil.copytree(furnaces.proved, tmp_path / "proved")


# ---- A coating line: other names, units, files, levers --------------------------------------------------------------

COATING_TOML = """
schema = 1

[plant]
key = "bandbeschichtung"
name = "Bandbeschichtung 2"
time_zone = "Europe/Berlin"
currency = "CHF"

[[equipment]]
key = "werk"
level = "site"
name = "Werk Süd"

[[equipment]]
key = "linie"
level = "work_center"
name = "Linie 2"
parent = "werk"

[[equipment]]
key = "labor"
level = "work_unit"
name = "Messstelle"
parent = "linie"

[[equipment]]
key = "auftrag"
level = "work_unit"
name = "Auftragswerk"
parent = "linie"

[[material]]
key = "bund"
name = "Bund"

[[import]]
key = "auflage"
file = "Messungen.xlsx"
sheet = "Messwerte"
piece = "Bund-Nr."
material = "bund"
time = "Zeitpunkt"
columns = { "Schichtauflage [mg/m²]" = { parameter = "coating", unit = "mg/m2" } }

[[import]]
key = "kanal"
file = "kanal_*.csv"
layout = "long"
piece = "Bund"
material = "bund"
time = "Zeit"
name = "Kanal"
value = "Wert"
unit = "Einheit"
[import.tags]
"Dosierung" = { parameter = "primer" }
"Bandtemp." = { parameter = "strip_temperature" }

[[import]]
key = "trockner"
file = "Trockner.csv"
piece = "Bund"
material = "bund"
time = "Beginn"
end = "Ende"
columns = { "Energie" = { parameter = "drying", unit = "MWh" } }

[[scenario]]
key = "auflage"
title = "Schichtauflage am Bundende"
piece = "bund"
result = "coating"
[scenario.aim]
target = 120.0
tolerance = 4.0
probability = 0.8
miss_cost = 90.0
miss_cost_source = "Kalkulation 2025"
valid_minutes = 20.0

[[scenario.lever]]
key = "primer"
name = "Primer [Pumpe 1]"
feature = "primer.sum.ahead"
unit = "kg"
low = 0.0
high = 30.0
source = "Pumpe 1"
price = 2.0
step = 0.1

[[scenario.lever]]
key = "drying"
name = "Trocknen"
feature = "drying.sum.ahead"
unit = "kWh"
low = 0.0
high = 900.0
source = "Brenner"
price = 0.5
step = 5.0

[[scenario.task]]
key = "am_anfang"
title = "Vom ersten Messwert"
known = "first"

[[scenario.feature]]
of = ["primer", "drying"]
take = ["sum"]
over = ["before", "ahead"]

[[scenario.feature]]
of = ["strip_temperature"]
take = ["last"]
over = ["before"]
"""

COATING_PARAMETERS = (
    ("key", "name", "kind", "unit", "role", "equipment", "low", "high"),
    ("coating", "Schichtauflage", "coating_mass", "g/m2", "measured", "labor", 20, 300),
    ("primer", "Primer", "mass", "kg", "lever", "auftrag", 0, 100),
    ("drying", "Trocknungsenergie", "energy", "kWh", "lever", "auftrag", 0, 5000),
    ("strip_temperature", "Bandtemperatur", "temperature", "degC", "measured", "auftrag", 0, 400),
)

PER_KG, PER_KWH, PER_MIN, PER_DEGC = 1.6, 0.03, -0.15, -0.08
"""The generating equation: g/m2 that a kg, a kWh, a minute and a degree above 90 give between two readings."""
NOISE = 0.8


@dataclass(frozen=True, kw_only=True)
class Coil:
    """One coil: readings (ns, g/m2), and before each but the first (ns, kg), (start, end, kWh); its temperature."""

    key: str
    readings: tuple[tuple[int, float], ...]
    doses: tuple[tuple[int, float], ...]
    drying: tuple[tuple[int, int, float], ...]
    degc: float

    def ends_at(self, primer_kg: float, drying_kwh: float) -> float:
        """The last reading, had so much been done after the first one; all else, also chance, as it was."""
        done = PER_KG * sum(kg for _, kg in self.doses) + PER_KWH * sum(kwh for *_, kwh in self.drying)
        return self.readings[-1][1] - done + PER_KG * primer_kg + PER_KWH * drying_kwh


def make_coils(n: int, *, seed: int = 11, start: str = "2026-03-27T18:00:00Z", prefix: str = "B") -> tuple[Coil, ...]:
    """Coils as the line's crew runs them, by default over the night on which clocks are put forward."""
    rng = stream(seed, "coating line")
    at_ns, coils = parse_instant(start), []
    for number in range(n):
        degc = float(rng.normal(90.0, 8.0))
        value = float(rng.normal(92.0, 6.0))
        readings, doses, drying = [(at_ns, round(value, 3))], [], []
        for _ in range(int(rng.integers(1, 4))):
            minutes = float(rng.uniform(4.0, 9.0))
            begun_ns, at_ns = at_ns, at_ns + int(minutes * 60) * 10**9
            need = max(120.0 - value, 0.0) * rng.uniform(0.2, 0.9)  # the crew feels its way
            kg, kwh = round(need / PER_KG * rng.uniform(0.3, 1.0), 2), round(float(rng.uniform(0.0, 250.0)), 1)
            doses.append((begun_ns + 60 * 10**9, kg))
            drying.append((begun_ns + 70 * 10**9, begun_ns + 200 * 10**9, kwh))
            drift = PER_MIN * minutes + PER_DEGC * (degc - 90.0)
            value += PER_KG * kg + PER_KWH * kwh + drift + float(rng.normal(0.0, NOISE))
            readings.append((at_ns, round(value, 3)))
        coils.append(
            Coil(
                key=f"{prefix}-{number:04d}",
                readings=tuple(readings),
                doses=tuple(doses),
                drying=tuple(drying),
                degc=round(degc, 2),
            )
        )
        at_ns += int(rng.uniform(6.0, 15.0)) * NS_PER_MIN
    return tuple(coils)


def corrected(coil: Coil) -> Coil:
    """The same coil with another first reading: the gauge was calibrated anew."""
    (at_ns, value), *rest = coil.readings
    return replace(coil, readings=((at_ns, round(value + 2.0, 3)), *rest))


def tampered(coil: Coil, rng: np.random.Generator) -> Coil:
    """The same coil with other values at the same instants; its first reading stays, as that is when it was known."""
    first, *rest = coil.readings
    return replace(
        coil,
        readings=(first, *((at_ns, round(value + float(rng.normal(0.0, 20.0)), 3)) for at_ns, value in rest)),
        doses=tuple((at_ns, round(kg * float(rng.uniform(0.0, 3.0)), 2)) for at_ns, kg in coil.doses),
        drying=tuple((start, end, round(float(rng.uniform(0.0, 700.0)), 1)) for start, end, _ in coil.drying),
    )


def write_coils(folder: Path, coils: tuple[Coil, ...]) -> Path:
    """The files of the line: a workbook, a long table with decimal commas, intervals; local times without offset."""
    folder.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    book.active.title = "Deckblatt"
    sheet = book.create_sheet("Messwerte")
    sheet.append(["Bund-Nr.", "Zeitpunkt", "Schichtauflage [mg/m²]"])
    for coil in coils:
        for at_ns, value in coil.readings:
            sheet.append([coil.key, _local(at_ns), round(value * 1000.0, 1)])
    book.save(folder / "Messungen.xlsx")
    lines = ["Zeit;Bund;Kanal;Wert;Einheit"]
    for coil in coils:
        begun = coil.readings[0][0] - 30 * 10**9
        fahrenheit = f"{coil.degc * 1.8 + 32.0:.3f}".replace(".", ",")
        lines.append(f"{_local(begun)};{coil.key};Bandtemp.;{fahrenheit};degF")
        for at_ns, kg in coil.doses:
            pounds = f"{kg / 0.45359237:.6f}".replace(".", ",")
            lines.append(f"{_local(at_ns)};{coil.key};Dosierung;{pounds};lb")
    (folder / "kanal_1.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [(coil.key, _local(start), _local(end), kwh / 1000.0) for coil in coils for start, end, kwh in coil.drying]
    pl.DataFrame(rows, schema=["Bund", "Beginn", "Ende", "Energie"], orient="row").write_csv(folder / "Trockner.csv")
    return folder


def write_coating_line(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """The plant folder: plant.toml, and the parameters as a workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    toml = COATING_TOML
    for old, new in (changes or {}).items():
        assert old in toml
        toml = toml.replace(old, new)
    (folder / "plant.toml").write_text(toml, encoding="utf-8")
    book = Workbook()
    for row in COATING_PARAMETERS:
        book.active.append(row)
    book.save(folder / "parameters.xlsx")
    return folder


def _local(instant_ns: int) -> str:
    moment = datetime.fromtimestamp(instant_ns // 10**9, tz=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    return moment.strftime("%d.%m.%Y %H:%M:%S")


@pytest.fixture(scope="session")
def coating_line() -> SimpleNamespace:
    """How to make a coating line, its coils and their files."""
    return SimpleNamespace(
        folder=write_coating_line, coils=make_coils, files=write_coils, corrected=corrected, tampered=tampered
    )


@dataclass(frozen=True, kw_only=True)
class Line:
    """A coating line that may advise, learnt on the first three fifths of its coils."""

    root: Path
    coils: tuple[Coil, ...]

    @property
    def later(self) -> tuple[Coil, ...]:
        """Coils that came after it had learnt."""
        return self.coils[int(0.6 * len(self.coils)) + 5 :]


@pytest.fixture(scope="session")
def proved_line(tmp_path_factory) -> Line:
    coils = make_coils(320)
    root = write_coating_line(tmp_path_factory.mktemp("line") / "line")
    quietly("import", root, write_coils(root / "files", coils), "--json")
    quietly("learn", root, "--until-fraction", "0.6", "--json")
    quietly("prove", root, "--from-fraction", "0.6", "--every", "200", "--json")
    return Line(root=root, coils=coils)


@pytest.fixture
def line(proved_line, tmp_path) -> Line:
    """A coating line that may advise; to be changed freely."""
    return replace(proved_line, root=shutil.copytree(proved_line.root, tmp_path / "line"))
