"""`[hub]` in plant.toml."""

import pytest

from pilothouse.hub.settings import HubSettings, read_settings
from pilothouse.hub.workspace import check_folder
from pilothouse.plant.declaration import Declaration


def test_nothing_has_to_be_set():
    assert read_settings(Declaration.parse("schema = 1")) == (HubSettings(), ())


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[hub]\n\ncompute = "ray://x"', 3, "expected local, local:4 (processes) or dask://host:port, got 'ray://x'"),
        ("[hub]\ncompute = 4", 2, "compute: expected a text, got 4"),
        ('[hub]\ncompute = "local"\ncomputer = "x"', 3, "unknown key 'computer'"),
        ("hub = 4", 1, "expected a table"),
    ],
)
def test_a_fault_has_its_line(text, line, said):
    settings, faults = read_settings(Declaration.parse(text))
    assert settings.compute in {"", "local"}
    assert [fault.line for fault in faults] == [line]
    assert said in str(faults[0])


def test_a_workspace_has_them(kettles, tmp_path):
    root = kettles.write_kitchen(tmp_path / "one", ("mild", "answers"), extra='[hub]\ncompute = "local:3"\n')
    workspace, faults = check_folder(root)
    assert faults == ()
    assert workspace.settings.compute == "local:3"
    root = kettles.write_kitchen(tmp_path / "two", ("mild", "answers"), extra='[hub]\ncompute = "three"\n')
    workspace, faults = check_folder(root)
    assert workspace is None
    assert [fault.problem.split(",")[0] for fault in faults] == ["hub: compute: expected local"]
