"""A plant answers by key; written to a folder and read back it is the same plant."""

import csv
import io
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.errors import UnknownParameterError
from pilothouse.plant.currencies import CURRENCIES
from pilothouse.plant.equipment import LEVELS, Equipment
from pilothouse.plant.folder import load_plant
from pilothouse.plant.kpi import TIMINGS, TRENDS, Kpi
from pilothouse.plant.material import MaterialDefinition
from pilothouse.plant.order import Order
from pilothouse.plant.parameter import ROLES, Limit, Parameter
from pilothouse.plant.plant import Plant
from pilothouse.plant.segment import Segment
from pilothouse.units import KINDS

KEYS = st.text(string.ascii_letters + string.digits + "_-.ж", min_size=1, max_size=6)
NAMES = st.text(st.sampled_from("aZ9 ,;\"'\\#=ß漢°№"), min_size=1, max_size=10).map(lambda s: f"n{s}e")
NUMBERS = st.floats(-1e6, 1e6, allow_subnormal=False)


def key_lists(known: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(known), max_size=2).map(tuple)


@st.composite
def limits(draw: st.DrawFn, low: float | None, high: float | None) -> Limit:
    bounds = draw(st.lists(st.floats(low or -2e6, 2e6 if high is None else high), max_size=2).map(sorted))
    if (low is not None and high is None) or not bounds:
        return Limit()
    return Limit(low=bounds[0], high=bounds[-1] if len(bounds) == 2 else None, source=draw(NAMES))


@st.composite
def parameters(draw: st.DrawFn, key: str, equipment: tuple[str, ...]) -> Parameter:
    kind = draw(st.sampled_from([*KINDS, "opaque"]))
    low, high = draw(st.sampled_from([(None, None), (-5.5, 1e3), (None, 7.0), (0.1, None)]))
    return Parameter(
        key=key,
        name=draw(NAMES),
        kind=kind,
        unit=draw(st.sampled_from(KINDS[kind])) if kind in KINDS else draw(NAMES),
        role=draw(st.sampled_from(ROLES)),
        equipment=draw(st.sampled_from(equipment)),
        low=low,
        high=high,
        limit=draw(limits(low, high)),
    )


@st.composite
def plants(draw: st.DrawFn) -> Plant:
    names = tuple(draw(st.lists(KEYS, min_size=2, max_size=5, unique=True)))
    places = {
        key: Equipment(key=key, level=LEVELS[i], name=draw(NAMES), parent=names[i - 1] if i else None)
        for i, key in enumerate(names)
    }
    materials = tuple(draw(st.lists(KEYS, min_size=1, max_size=3, unique=True)))
    listed = [key for key in draw(st.lists(KEYS, min_size=1, max_size=5, unique=True)) if key != "piece"] or ["p"]
    made_from = key_lists(materials)
    segments = [
        Segment(key=key, name=draw(NAMES), equipment=names[0], consumes=draw(made_from), produces=draw(made_from))
        for key in draw(st.lists(KEYS, max_size=2, unique=True))
    ]
    kpis = [
        Kpi(
            key=key,
            name=draw(NAMES),
            scope=draw(st.sampled_from(names + materials)),
            formula=draw(NAMES),
            unit="%",
            trend=draw(st.sampled_from(TRENDS)),
            description=draw(NAMES),
            timing=draw(st.sampled_from(TIMINGS)),
            audience=draw(NAMES),
        )
        for key in draw(st.lists(KEYS, max_size=2, unique=True))
    ]
    orders = [
        Order(
            key=key,
            product=draw(st.sampled_from(materials)),
            quantity=draw(st.floats(1e-3, 1e6)),
            unit="t",
            due_ns=draw(st.integers(0, 4 * 10**15)) * 1_000,
        )
        for key in draw(st.lists(KEYS, max_size=3, unique=True))
    ]
    return Plant(
        key=draw(KEYS),
        name=draw(NAMES),
        time_zone=draw(st.sampled_from(["UTC", "Asia/Shanghai", "America/St_Johns"])),
        currency=draw(st.sampled_from(sorted(CURRENCIES))),
        equipment=places,
        parameters={key: draw(parameters(key, names)) for key in listed},
        materials={key: MaterialDefinition(key=key, name=draw(NAMES), made_from=draw(made_from)) for key in materials},
        segments={segment.key: segment for segment in segments},
        orders={order.key: order for order in orders},
        kpis={kpi.key: kpi for kpi in kpis},
    )


def toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def toml_table(heading: str, thing: object, *fields: str) -> str:
    values = ((field, getattr(thing, field)) for field in fields)
    return f"\n{heading}\n" + "".join(f"{field} = {toml(value)}\n" for field, value in values if value is not None)


def write(plant: Plant, root: Path) -> None:
    """The plant as a folder."""
    text = "schema = 1\n" + toml_table("[plant]", plant, "key", "name", "time_zone", "currency")
    text += "".join(toml_table("[[equipment]]", e, "key", "level", "name", "parent") for e in plant.equipment.values())
    text += "".join(toml_table("[[material]]", m, "key", "name", "made_from") for m in plant.materials.values())
    text += "".join(
        toml_table("[[segment]]", s, "key", "name", "equipment", "consumes", "produces")
        for s in plant.segments.values()
    )
    fields = ("key", "name", "scope", "formula", "unit", "trend", "description", "timing", "audience")
    text += "".join(toml_table("[[kpi]]", k, *fields) for k in plant.kpis.values())
    (root / "plant.toml").write_text(text, encoding="utf-8")
    rows = [
        (p.key, p.name, p.kind, p.unit, p.role, p.equipment, p.low, p.high, p.limit.low, p.limit.high, p.limit.source)
        for p in plant.parameters.values()
    ]
    heading = "key,name,kind,unit,role,equipment,low,high,limit_low,limit_high,limit_source"
    write_rows(root / "parameters.csv", heading, rows)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    lines = [
        (o.key, o.product, o.quantity, o.unit, (start + timedelta(microseconds=o.due_ns // 1_000)).isoformat())
        for o in plant.orders.values()
    ]
    write_rows(root / "orders.csv", "key,product,quantity,unit,due", lines)


def write_rows(path: Path, heading: str, rows: list[tuple[object, ...]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([heading.split(","), *rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(plants())
def test_a_plant_written_and_read_back_is_the_same(tmp_path_factory: pytest.TempPathFactory, plant: Plant) -> None:
    root = tmp_path_factory.mktemp("plant")
    write(plant, root)
    assert load_plant(root) == plant


def test_a_parameter_that_is_not_declared(mill: Path) -> None:
    plant = load_plant(mill)
    assert plant.parameter("gap").unit == "mm"
    with pytest.raises(UnknownParameterError, match="parameter 'gpa' is not declared in plant mill") as caught:
        plant.parameter("gpa")
    assert caught.value.hint == "add it to parameters.csv"
