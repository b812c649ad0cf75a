"""What tests of connections share: a plant of a few parameters, and connections of it as declared."""

import pytest

from pilothouse.connect.declaration import Connection, read_connections
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant

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
