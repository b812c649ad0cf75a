import importlib.util
import sys
from pathlib import Path

import pytest

from proving_ground.silicon_mill import family
from proving_ground.silicon_mill.constants import CONSTANTS
from proving_ground.silicon_mill.score import figures_of

PAGES = Path(__file__).parents[3] / "docs" / "proving-ground"
PAGE = PAGES / "silicon-mill.md"


@pytest.fixture(scope="module")
def tables():
    sys.path.insert(0, str(PAGES))  # the drawing scripts stand side by side
    try:
        spec = importlib.util.spec_from_file_location("mill_tables", PAGES / "mill_tables.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(PAGES))
        sys.modules.pop("mill_runs", None)


@pytest.fixture(scope="module")
def plant():
    mill = family.build(seed=1)
    mill.run(600)
    return mill


@pytest.mark.parametrize("name", ["silicon-mill.md", "silicon-mill-constants.md"])
def test_what_is_drawn_of_the_code_is_current(tables, name):
    told = (PAGES / name).read_text(encoding="utf-8")
    assert tables.redrawn(told, tables.CHEAP) == told, "run docs/proving-ground/draw.py"


def test_every_table_is_used(tables):
    told = "".join(page.read_text(encoding="utf-8") for page in tables.pages())
    used = {found[1] for found in tables.MARK.findall(told)}
    assert used == set(tables.CHEAP | tables.DEAR)


def test_the_page_tells_every_constant_as_it_is():
    told = (PAGES / "silicon-mill-constants.md").read_text(encoding="utf-8")
    for key, c in CONSTANTS.items():
        row = f"| `{key}` | {c.nominal:g} | {c.low:g} to {c.high:g} | {c.unit} | {c.certainty} | {c.source} |"
        assert row in told, f"{key}: draw the page anew"


def test_the_page_tells_every_disturbance(plant):
    told = PAGE.read_text(encoding="utf-8")
    assert [name for name in plant.disturbances if f"| `{name}` |" not in told] == []


def test_the_page_tells_every_figure(plant, tables):
    figures = figures_of(plant.flow, 24.0 * 70.0)
    told = PAGE.read_text(encoding="utf-8")
    assert [name for name in figures if f"`{name}`" not in told] == []
    assert set(figures) - {"parameters"} == set(tables.RANGES)


def test_every_picture_of_the_page_is_small():
    pictures = [*PAGES.glob("images/*")]
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size >= 150_000] == []
