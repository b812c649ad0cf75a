"""The example fits the silicon mill: its parameters, their units, and the limits of its interlocks."""

from pathlib import Path

from pilothouse.hub.workspace import open_workspace
from pilothouse.packs.steel.pack import pack
from pilothouse.plant.declaration import Declaration
from proving_ground.silicon_mill import family
from proving_ground.silicon_mill.parameters import parameters

EXAMPLE = Path(__file__).parents[4] / "examples" / "silicon_mill" / "end_point.toml"


def test_the_example_reads_on_the_mill_as_it_is():
    plant = open_workspace(family.folder).plant
    [scenario], faults = pack.scenarios(EXAMPLE.parent, Declaration.parse(EXAMPLE.read_text("utf-8")), plant)
    assert faults == ()
    for lever in scenario.point.levers:
        unit = parameters()[lever.parameter]
        assert unit.role == "lever"
        assert (lever.low, lever.high) == (unit.low, unit.high)
    set_later = {key for key in scenario.point.facts if "phase06" in key or "shot02" in key or ".end." in key}
    assert set_later == set()
