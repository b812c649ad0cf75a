"""The example fits the silicon mill, and nothing else has to be written to foretell its tests."""

from pathlib import Path

import numpy as np
import pytest

from pilothouse.hub.hub import Hub
from pilothouse.hub.proving import prove
from pilothouse.hub.proving_ground import FILES, write_workspace
from proving_ground.silicon_mill import family

EXAMPLE = Path(__file__).parents[3] / "examples" / "silicon_mill" / "virtual_test.toml"
PLAIN = "plain LightGBM"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A mill of a season that has been read."""
    mill = family.build(seed=9)
    mill.run(700)
    root = tmp_path_factory.mktemp("mill") / "mill"
    root.mkdir()
    write_workspace(family, mill, root)
    declaration = root / "plant.toml"
    declaration.write_text(declaration.read_text("utf-8") + "\n" + EXAMPLE.read_text("utf-8"), "utf-8")
    with Hub.open(root) as opened:
        opened.import_files(root / FILES)
        yield opened


def proved(hub, key):
    return prove(hub, hub.scenario(key), from_fraction=0.7, seed=1, every=2_000)


def test_the_loss_is_foretold_and_intervals_tighten_along_the_route(hub):
    tasks = proved(hub, "loss-test").tasks
    assert tuple(tasks) == ("after-casting", "after-hot-rolling", "after-cold-rolling", "after-annealing")
    cast, annealed = tasks["after-casting"], tasks["after-annealing"]
    assert annealed.score.judged > 100
    assert annealed.score.mae < cast.score.mae
    assert np.nanmedian(annealed.judged.half_width[0.9]) < 0.9 * np.nanmedian(cast.judged.half_width[0.9])
    assert annealed.peers[PLAIN].difference.value < 0.0
    assert 0.8 < annealed.score.coverage < 0.98


@pytest.mark.parametrize(("key", "most"), [("induction-test", 0.8), ("thickness-test", 0.8), ("surface-test", 1.0)])
def test_what_else_is_tested_is_foretold_by_the_same_tables(hub, key, most):
    """Nearer than the median of all; of the surface little can be told, for worn nozzles and rolls are not seen."""
    task = list(proved(hub, key).tasks.values())[-1]
    told = task.judged.truth
    assert task.score.judged > 100
    assert task.score.mae < most * np.mean(np.abs(told - np.median(told)))
    assert 0.75 < task.score.coverage < 0.99
