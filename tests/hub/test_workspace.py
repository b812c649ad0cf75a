"""A plant folder as a workspace: whole, or every fault in it."""

from dataclasses import replace

import pytest

from pilothouse.decision.pack import Pack, find_packs
from pilothouse.errors import ConfigError, Fault
from pilothouse.hub.workspace import check_folder, create_workspace, open_workspace, templates


@pytest.fixture
def furnace(tmp_path):
    return create_workspace(tmp_path / "lf", "ladle-furnace")


def test_every_example_is_without_a_fault(tmp_path):
    assert "ladle-furnace" in templates()
    for name in templates():
        workspace = open_workspace(create_workspace(tmp_path / name, name))
        assert workspace.mappings
        assert workspace.scenarios


def test_where_things_lie(furnace):
    workspace = open_workspace(furnace)
    assert workspace.historian == furnace / "store" / "historian"
    assert workspace.ledger == furnace / "store" / "ledger.db"
    assert workspace.models == furnace / "store" / "models"
    assert (workspace.rejects, workspace.reports) == (furnace / "rejects", furnace / "reports")


def test_faults_of_imports_and_scenarios_come_together_and_in_order(furnace):
    toml = furnace / "plant.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(
        text.replace('material = "heat"', 'material = "heet"', 1).replace('known = "previous"', 'known = "last"'),
        encoding="utf-8",
    )
    workspace, faults = check_folder(furnace)
    assert workspace is None
    assert [fault.file for fault in faults] == ["plant.toml"] * len(faults)
    assert [fault.line for fault in faults] == sorted(fault.line for fault in faults)
    told = " ".join(str(fault) for fault in faults)
    assert "heet" in told
    assert "'last'" in told
    with pytest.raises(ConfigError, match="cannot be used"):
        open_workspace(furnace)


SPOILT = {  # in each layer one wrong word, and where it is told
    "equipment": ("plant.toml", 'parent = "melt-shop"', 'parent = "melt-shp"'),
    "parameters": ("parameters.csv", "energy,kWh,lever", "energy,kWx,lever"),
    "import": ("plant.toml", 'parameter = "temperature", unit = "degC"', 'parameter = "temperature", unit = "degX"'),
    "scenario": ("plant.toml", 'known = "previous"', 'known = "last"'),
    "mechanism": ("plant.toml", '"heat_balance.py"', '"heat_balanse.py"'),
}
TOLD = {"equipment": "melt-shp", "parameters": "kWx", "import": "degX", "scenario": "last", "mechanism": "missing"}


def spoil(root, *layers):
    for layer in layers:
        file, sound, wrong = SPOILT[layer]
        text = (root / file).read_text(encoding="utf-8")
        assert sound in text
        (root / file).write_text(text.replace(sound, wrong), encoding="utf-8")


def test_one_run_tells_the_faults_of_every_layer(furnace):
    spoil(furnace, *SPOILT)
    workspace, faults = check_folder(furnace)
    assert workspace is None
    assert len(faults) == len(SPOILT), [str(fault) for fault in faults]
    for told in TOLD.values():
        assert sum(told in fault.problem for fault in faults) == 1
    assert [fault.file for fault in faults] == ["heat_balanse.py", "parameters.csv", *["plant.toml"] * 3]
    assert [(fault.file, fault.line) for fault in faults] == sorted((fault.file, fault.line) for fault in faults)


@pytest.mark.parametrize("layer", SPOILT)
def test_a_fault_of_one_layer_causes_none_in_another(furnace, layer):
    spoil(furnace, layer)
    workspace, faults = check_folder(furnace)
    assert workspace is None
    assert [TOLD[layer] in fault.problem for fault in faults] == [True], [str(fault) for fault in faults]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text(path.read_text(encoding="utf-8").replace("key,name", "kee,name")),
        lambda path: path.write_text(path.read_text(encoding="utf-8").replace("active_energy,", ",", 1)),
        lambda path: (path.parent / "parameters.xlsx").write_bytes(b""),
    ],
    ids=["missing", "empty", "no heading", "a row without key", "two lists"],
)
def test_a_list_that_is_not_whole_leaves_every_reference_open(furnace, damage):
    """What a lost row would have declared is not called unknown, but what is wrong in itself is still told."""
    spoil(furnace, "import", "scenario", "mechanism")
    toml = furnace / "plant.toml"
    text = toml.read_text(encoding="utf-8")
    text = text.replace('piece = "key"', 'peace = "key"', 1).replace("target = 1592.0", 'target = "hot"')
    toml.write_text(text, encoding="utf-8")
    _, whole = check_folder(furnace)
    damage(furnace / "parameters.csv")
    workspace, faults = check_folder(furnace)
    assert workspace is None
    of_toml = [(fault.file, fault.line) for fault in faults if "parameters" not in fault.file]
    assert of_toml == [(fault.file, fault.line) for fault in whole]
    assert len(of_toml) == 5
    assert [fault.file.split(".")[0] for fault in faults].count("parameters") >= 1
    assert not any("unknown parameter" in fault.problem or "no parameter" in fault.problem for fault in faults)


def test_a_material_whose_key_is_lost_is_not_called_unknown(furnace):
    toml = furnace / "plant.toml"
    lost = '[[material]]\nkey = "heat"\n'
    text = toml.read_text(encoding="utf-8")
    assert lost in text
    toml.write_text(text.replace(lost, "[[material]]\n"), encoding="utf-8")
    _, faults = check_folder(furnace)
    assert any("key is missing" in fault.problem for fault in faults)
    assert not any(fault.problem.startswith(("import", "scenario")) for fault in faults)


class _Pack(Pack):
    """A stranger's pack with a table of its own."""

    key = "stranger"
    tables = ("kiln",)

    def __init__(self, faults=()):
        self.faults = faults

    def scenarios(self, root, declaration, plant):
        return (), self.faults

    def steering(self, declaration, plant):
        return (), ()


def test_a_table_is_known_by_the_pack_that_reads_it(furnace):
    with (furnace / "plant.toml").open("a", encoding="utf-8") as toml:
        toml.write('\n[[kiln]]\nkey = "k1"\n')
    _, faults = check_folder(furnace)
    assert "kiln" in str(faults[0])
    workspace, faults = check_folder(furnace, (*find_packs(), _Pack()))
    assert workspace is not None
    assert not faults


def test_a_packs_faults_count(furnace):
    fault = Fault(file="kiln.csv", line=3, problem="too hot", remedy="cool it")
    assert check_folder(furnace, (*find_packs(), _Pack((fault,)))) == (None, (fault,))


def test_what_the_hub_kept_is_not_copied(furnace, tmp_path):
    for name in ("store", "rejects", "reports", "__pycache__"):
        (furnace / name).mkdir()
        (furnace / name / "kept").write_text("")
    twin = create_workspace(tmp_path / "twin", str(furnace))
    assert sorted(path.name for path in twin.iterdir()) == ["heat_balance.py", "parameters.csv", "plant.toml"]


def test_an_unknown_example_names_those_there_are(tmp_path):
    with pytest.raises(ConfigError) as unknown:
        create_workspace(tmp_path / "new", "ladle_furnace")
    assert unknown.value.hint == "use ladle-furnace"
    assert not (tmp_path / "new").exists()


def test_a_workspace_is_a_value(furnace):
    workspace = open_workspace(furnace)
    assert replace(workspace, scenarios=()).scenarios == ()
    with pytest.raises(AttributeError):
        workspace.scenarios = ()
