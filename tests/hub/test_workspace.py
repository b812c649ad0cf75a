"""A plant folder as a workspace: whole, or every fault in it."""

from dataclasses import replace

import pytest

from pilothouse.decision.pack import find_packs
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


class _Pack:
    """A stranger's pack with a table of its own."""

    key = "stranger"
    tables = ("kiln",)

    def __init__(self, faults=()):
        self.faults = faults

    def scenarios(self, root, declaration, plant):
        return (), self.faults


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
