"""The example fits the silicon mill, and nothing else has to be written to foretell its test."""

from pathlib import Path

from pilothouse.hub.hub import Hub
from pilothouse.hub.proving import prove
from pilothouse.hub.proving_ground import FILES, write_workspace
from proving_ground.silicon_mill import family

EXAMPLE = Path(__file__).parents[3] / "examples" / "silicon_mill" / "virtual_test.toml"


def test_a_mill_of_a_season_is_foretold(tmp_path):
    mill = family.build(seed=9)
    mill.run(700)
    root = tmp_path / "mill"
    root.mkdir()
    write_workspace(family, mill, root)
    declaration = root / "plant.toml"
    declaration.write_text(declaration.read_text("utf-8") + "\n" + EXAMPLE.read_text("utf-8"), "utf-8")
    with Hub.open(root) as hub:
        hub.import_files(root / FILES)
        proof = prove(hub, hub.scenario("loss-test"), from_fraction=0.7, seed=1, every=2_000)
    rolled, annealed = proof.tasks["after-hot-rolling"], proof.tasks["after-annealing"]
    assert annealed.score.judged > 100
    assert annealed.score.mae < rolled.score.mae
    assert annealed.peers["plain LightGBM"].difference.value < 0.0
    assert 0.8 < annealed.score.coverage < 0.98
