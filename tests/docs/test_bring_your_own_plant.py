"""The example plant of the how-to page is run, as printed, through the conformance suite."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pilothouse.testing.plant_family import PlantFamilyConformance

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "bring-your-own-plant.md"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def kettle_works(tmp_path_factory):
    root = tmp_path_factory.mktemp("kettle_works")
    (root / "folder").mkdir()
    (root / "folder" / "plant.toml").write_text(blocks("toml")[0], encoding="utf-8")
    (root / "folder" / "parameters.csv").write_text(blocks("csv")[0], encoding="utf-8")
    module = ModuleType("kettle_works")
    module.__file__ = str(root / "kettle_works.py")
    sys.modules["kettle_works"] = module
    exec(compile(blocks("python")[0], module.__file__, "exec"), module.__dict__)  # noqa: S102
    yield module
    del sys.modules["kettle_works"]


class TestKettles(PlantFamilyConformance):
    @pytest.fixture
    def family(self, kettle_works):
        return kettle_works.family

    def test_a_better_cook_hits_more_often(self, family):
        usual, better = family.build(seed=1), family.build(seed=1)
        usual.run(200)
        for moment in better.moments(200):
            assert better.command(moment.piece, "energy", (80.0 - moment.readings[0].value) / 2.3) is None
        assert better.figures()["hit_rate"].value > usual.figures()["hit_rate"].value + 10.0


def test_the_example_is_short():
    lines = [line for line in blocks("python")[0].splitlines() if line.strip()]
    assert len(lines) <= 75


def test_the_printed_suite_is_a_conformance_suite(kettle_works):
    names = {}
    exec(compile(blocks("python")[1], "suite", "exec"), names)  # noqa: S102
    assert issubclass(names["TestKettles"], PlantFamilyConformance)
