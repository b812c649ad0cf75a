"""Everything that has a name outside has its place in the reference, and nothing stands there that is gone."""

import ast
import inspect
import re
from dataclasses import fields

import pytest

from pilothouse import errors
from pilothouse.connect import address, kinds
from pilothouse.decision.proposal import Proposal
from pilothouse.decision.scenario import Forecasting, Scenario
from pilothouse.decision.state import KINDS, VERDICTS
from pilothouse.hub.models import LEARNT
from pilothouse.hub.workspace import check_folder
from pilothouse.packs.declared.features import TAKES
from pilothouse.plant import order_list, parameter_list
from pilothouse.plant.frame import KEY_COLUMNS, ORIGINS
from pilothouse.plant.parameter import ROLES
from pilothouse.plant.table import Table

HEADINGS = {
    (): "The file",
    ("plant",): "[plant]",
    ("hub",): "[hub]",
    ("write_back",): "[write_back]",
    ("write_back", "set_point"): "[[write_back.set_point]]",
    ("import",): "[[import]]",
    ("import", "columns"): "[import.columns]",
    ("import", "tags"): "[import.tags]",
    ("import", "duration"): "duration",
    ("import", "columns", "duration"): "duration",
    ("import", "known"): "known",
    ("import", "join"): "join",
    ("genealogy",): "[[genealogy]]",
    ("genealogy", "known"): "known",
    ("scenario",): "[[scenario]]",
    ("scenario", "aim"): "[scenario.aim]",
    ("scenario", "runs"): "[scenario.runs]",
    **{("scenario", name): f"[[scenario.{name}]]" for name in ("task", "feature", "lever")},
    ("connection",): "[[connection]]",
    **{("connection", kind): f"kind {kind}" for kind in kinds.KINDS},
    **{(name,): f"[[{name}]]" for name in ("equipment", "material", "segment", "kpi")},
}
"""Under which heading of the reference the keys of a table stand."""

OF_ALL_KINDS = {"key", "kind", "addresses", "every_s", "workers"}
"""Keys of a connection that do not depend on its kind."""


@pytest.fixture(scope="module")
def reference(root):
    def page(name):
        return (root / "docs" / "reference" / name).read_text(encoding="utf-8")

    return page


def section(page, heading):
    """What stands under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, f"there is no heading {heading!r}"
    return found[1]


def first_column(text):
    """The names in the first column of the first table of a text."""
    table = re.search(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    cells = [row.split("|")[1] for row in table[0].splitlines()[2:]] if table else []
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.fixture
def keys_read(root, blocks, tmp_path, monkeypatch):
    """Which keys are asked for of which table, while the page's example with everything is read."""
    tables, begin = [], Table.__init__

    def noted(self, **given):
        begin(self, **given)
        tables.append(self)

    monkeypatch.setattr(Table, "__init__", noted)
    plant_toml, parameters = (root / "docs" / "reference" / name for name in ("plant-toml.md", "parameters.md"))
    (tmp_path / "plant.toml").write_text(blocks(plant_toml, "toml")[-1], encoding="utf-8")
    (tmp_path / "heat_balance.py").write_text(blocks(plant_toml, "python")[0], encoding="utf-8")
    (tmp_path / "parameters.csv").write_text(blocks(parameters, "csv")[0], encoding="utf-8")
    workspace, faults = check_folder(tmp_path)
    assert [str(fault) for fault in faults] == []
    assert workspace is not None
    asked = {}
    for table in tables:
        if table.file != "plant.toml":
            continue
        way = tuple(step for step in table._path if isinstance(step, str))
        if way[:1] == ("import",) and len(way) > 1 and way[1] in {"columns", "tags"}:
            if len(way) == 2:
                continue  # its keys are headers
            way = (*way[:2], *way[3:])
        keys = set(table._asked)
        if way == ("connection",):
            asked.setdefault((*way, table._content["kind"]), set()).update(keys - OF_ALL_KINDS)
            keys = OF_ALL_KINDS & keys
        asked.setdefault(way, set()).update(keys)
    return asked


def test_every_key_of_plant_toml_has_its_row_and_no_other(keys_read, reference):
    page = reference("plant-toml.md")
    assert set(keys_read) == set(HEADINGS), "the example shows every table"
    for way, keys in keys_read.items():
        assert first_column(section(page, HEADINGS[way])) == keys, HEADINGS[way]


def test_every_take_of_a_feature_is_explained(reference):
    text = section(reference("plant-toml.md"), "[[scenario.feature]]")
    assert all(f"`{take}`" in text for take in TAKES)


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        ("parameters.csv", parameter_list.COLUMNS),
        ("orders.csv", order_list.COLUMNS),
        ("Addresses", address.COLUMNS),
    ],
)
def test_every_column_of_a_list_has_its_row(heading, columns, reference):
    assert first_column(section(reference("parameters.md"), heading)) == set(columns.known)


def test_every_role_has_its_row(reference):
    assert first_column(section(reference("parameters.md"), "Roles")) == set(ROLES)


def test_every_error_has_its_row(reference):
    page = reference("errors.md")
    for name, one in inspect.getmembers(errors, inspect.isclass):
        if issubclass(one, errors.PilothouseError):
            assert f"| `{name}` | `{one.code}` | {one.exit_code} |" in page


def test_every_command_has_its_heading(reference, draw):
    page = reference("commands.md")
    commands = [name for name, _ in draw.walk(draw.app)]
    assert len(commands) >= 11
    for name in commands:
        assert "Example: `pilothouse " + name in section(page, name)


def test_every_event_kind_has_its_heading(root, reference):
    kinds = {LEARNT, *KINDS}
    for path in (root / "src" / "pilothouse").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "EventDraft":
                kinds |= {k.value.value for k in node.keywords if k.arg == "kind" and isinstance(k.value, ast.Constant)}
    assert {"authority", "proved"} <= kinds
    page = reference("ledger-events.md")
    for kind in kinds:
        assert section(page, kind).strip(), kind
    assert all(f"`{verdict}`" in section(page, "decided") for verdict in VERDICTS)


def test_every_column_of_frames_is_explained(reference):
    page = reference("frames.md")
    assert set(KEY_COLUMNS) <= first_column(page)
    assert all(f"`{origin}`" in page for origin in ORIGINS)


def test_every_part_of_a_scenario_is_explained(reference):
    page = reference("scenario.md")
    parts = {name for protocol in (Scenario, Forecasting) for name in vars(protocol) if not name.startswith("_")}
    explained = {
        name for row in re.findall(r"^\| (`[^|]+) \|", page, flags=re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert parts <= explained
    assert {field.name for field in fields(Proposal)} <= explained
