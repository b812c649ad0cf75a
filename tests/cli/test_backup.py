"""`backup` and `restore` as commands: what they say, and their exit codes."""

import shutil

import pytest

from pilothouse.hub.hub import Hub
from pilothouse.hub.workspace import create_workspace
from pilothouse.testing.ledger import draft


@pytest.fixture
def root(tmp_path):
    root = create_workspace(tmp_path / "lf", "ladle-furnace")
    with Hub.open(root) as hub:
        hub.ledger.append([draft("a"), draft("b")])
    return root


def test_there_and_back(run, root, tmp_path) -> None:
    made = run("backup", root, tmp_path / "backup", "--json")
    assert (made.code, made.json["ok"], made.json["events"], made.json["faults"]) == (0, True, 2, [])
    shutil.rmtree(root)
    restored = run("restore", tmp_path / "backup", root)
    assert restored.code == 0
    assert "2 events" in restored.out
    assert run("ledger", "verify", root, "--json").json == {"ok": True, "events": 2, "broken": []}


def test_a_target_that_is_taken(run, root, tmp_path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").write_text("x")
    refused = run("backup", root, tmp_path / "taken")
    assert refused.code == 3
    assert "not empty" in refused.err


def test_a_backup_of_a_damaged_store_is_made_and_told(run, root, tmp_path) -> None:
    import sqlite3  # noqa: PLC0415

    raw = sqlite3.connect(root / "store" / "ledger.db")
    raw.execute("DROP TRIGGER event_no_update")
    raw.execute("UPDATE event SET actor = 'x' WHERE seq = 2")
    raw.commit()
    raw.close()
    made = run("backup", root, tmp_path / "backup")
    assert made.code == 7
    assert "event 2 was changed" in made.out
    assert (tmp_path / "backup" / "manifest.json").exists()
