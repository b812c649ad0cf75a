from pathlib import Path

from proving_ground.ladle_furnace import family
from proving_ground.ladle_furnace.constants import CONSTANTS

PAGE = Path(__file__).parents[3] / "docs" / "proving-ground" / "ladle-furnace.md"


def test_the_page_tells_every_constant_as_it_is():
    told = PAGE.read_text(encoding="utf-8")
    for key, c in CONSTANTS.items():
        row = f"| `{key}` | {c.nominal:g} | {c.low:g} to {c.high:g} | {c.unit} | {c.certainty} | {c.source} |"
        assert row in told, f"{key}: correct its row in {PAGE.name}"


def test_the_page_tells_every_figure():
    plant = family.build(seed=1)
    plant.run(160)
    told = PAGE.read_text(encoding="utf-8")
    assert [name for name in plant.figures() if name != "heats" and f"`{name}`" not in told] == []
