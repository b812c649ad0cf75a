"""A small plant folder without fault, to be spoilt one way at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

PLANT = """\
schema = 1

[plant]
key = "mill"
name = "Rolling mill"
time_zone = "Europe/Berlin"
currency = "EUR"

[[equipment]]
key = "works"
level = "site"
name = "Works"

[[equipment]]
key = "line"
level = "work_center"
name = "Line"
parent = "works"

[[equipment]]
key = "stand"
level = "work_unit"
name = "Stand"
parent = "line"

[[material]]
key = "slab"
name = "Slab"

[[material]]
key = "coil"
name = "Coil"
made_from = ["slab", "coil"]

[[segment]]
key = "rolling"
name = "Rolling"
equipment = "line"
consumes = ["slab"]
produces = [
    "coil",
]

[[kpi]]
key = "yield"
name = "Yield"
scope = "coil"
formula = "mass out / mass in"
unit = "%"
trend = "higher"
"""

PARAMETERS = """\
key,name,kind,unit,role,equipment,low,high,limit_low,limit_high,limit_source
force,Roll force,,MN,measured,stand,0,30,,25,maker of the stand
gap,Roll gap,length,mm,lever,stand,1,250,2,200,works instruction
hardness,Hardness,opaque,HRB,laboratory,stand,,,,,
"""

ORDERS = """\
key,product,quantity,unit,due
A-1,coil,12.5,t,2026-03-29 12:00
A-2,slab,3,pieces,2026-03-30T00:00:00Z
"""

TEXTS = {"plant.toml": PLANT, "parameters.csv": PARAMETERS, "orders.csv": ORDERS}

Spoil = Callable[..., Path]


@pytest.fixture
def mill(tmp_path: Path) -> Path:
    """The folder without fault."""
    root = tmp_path / "mill"
    root.mkdir()
    for name, text in TEXTS.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def spoil(mill: Path) -> Spoil:
    """Replace a text in a file of the folder by another; the text must be there."""

    def replace(file: str, old: str, new: str) -> Path:
        text = (mill / file).read_text(encoding="utf-8")
        assert old in text
        (mill / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return mill

    return replace
