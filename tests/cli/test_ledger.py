"""`ledger`: what was decided, whether the chain holds, and whether an old proposal can be made again."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from pilothouse.clock import format_instant

PIECE = "B-0217"


@pytest.fixture
def key(run, line):
    """A proposal that was accepted."""
    said = run("advise", line.root, PIECE, "--as-of", "first", "--json").json
    at = format_instant(said["proposal"]["as_of_ns"])
    assert run("decide", line.root, said["key"], "accept", "--by", "ana", "--at", at, "--json").code == 0
    return said["key"]


def tamper(line, *statements):
    """Change the ledger's file behind the hub's back."""
    with closing(sqlite3.connect(line.root / "store" / "ledger.db")) as database, database:
        database.execute("DROP TRIGGER event_no_update")
        database.execute("DROP TRIGGER event_no_delete")
        for statement in statements:
            database.execute(statement)


def test_show_all_and_by_kind_and_subject(run, line, key):
    told = run("ledger", "show", line.root, "--json").json
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert [event["kind"] for event in told] == ["learnt", "proved", "authority", "proposed", "checked", "decided"]
    assert {"seq", "at_ns", "kind", "subject", "actor", "payload", "hash"} <= set(told[0])
    decided = run("ledger", "show", line.root, "--kind", "decided", "--json").json
    assert [(event["actor"], event["subject"]) for event in decided] == [("ana", key)]
    assert len(run("ledger", "show", line.root, key, "--json").json) == 3


def test_show_for_people(run, line, key):
    listed = run("ledger", "show", line.root).out
    assert "6 events" in listed
    assert key in listed
    whole = run("ledger", "show", line.root, key).out
    assert "decided" in whole
    assert "by ana" in whole
    assert '"verdict": "accepted"' in whole
    assert "0 events" in run("ledger", "show", line.root, "no-such-subject").out
    assert run("ledger", "show", line.root, "--kind", "dispatched", "--json").json == []


def test_authority_moved_with_its_reasons(run, line):
    (moved,) = run("ledger", "show", line.root, "--kind", "authority", "--json").json
    assert (moved["payload"]["before"], moved["payload"]["after"]) == ("observe", "advise")
    assert moved["payload"]["reasons"]
    assert moved["subject"] == "auflage"


def test_verify(run, line, key):
    said = run("ledger", "verify", line.root, "--json")
    assert said.code == 0
    assert said.json == {"ok": True, "events": 6, "broken": []}
    assert "the chain holds" in run("ledger", "verify", line.root).out


@pytest.mark.parametrize(
    ("deed", "seq"),
    [
        ("UPDATE event SET payload_json = replace(payload_json, 'accepted', 'refused') WHERE seq = 6", 6),
        ("UPDATE event SET actor = 'eve' WHERE seq = 2", 2),
        ("DELETE FROM event WHERE seq = 5", 5),
        ("DELETE FROM event WHERE seq = 6", 6),
    ],
)
def test_tampering_is_found_and_its_place_named(run, line, key, deed, seq):
    tamper(line, deed)
    said = run("ledger", "verify", line.root, "--json")
    assert said.code == 7
    assert said.json["ok"] is False
    assert f"event {seq}" in said.json["broken"][0]
    for_people = run("ledger", "verify", line.root)
    assert for_people.code == 7
    assert "the chain is broken" in for_people.out


def test_replay_is_the_same_byte_for_byte(run, line, key):
    said = run("ledger", "replay", line.root, key, "--json")
    assert said.code == 0
    assert said.json["ok"] is True
    assert said.json["then"] == said.json["now"]
    assert "the same, byte for byte" in run("ledger", "replay", line.root, key).out


def test_replay_does_not_mind_what_came_later(run, line, key, coating_line, tmp_path):
    """Older coils told late, a correction of this very coil's record, and a newer model."""
    older = coating_line.coils(20, seed=99, start="2026-03-20T06:00:00Z", prefix="A")
    (coil,) = (coil for coil in line.coils if coil.key == PIECE)
    corrected = coating_line.corrected(coil)
    late = coating_line.files(tmp_path / "late", (*older, corrected))
    imported = run("import", line.root, late, "--json").json["imports"]
    assert imported["auflage"]["new"] > 20
    assert imported["auflage"]["corrected"] >= 1
    assert run("learn", line.root, "--json").code == 0
    assert run("ledger", "replay", line.root, key, "--json").json["ok"] is True
    fresh = run("advise", line.root, PIECE, "--as-of", "first", "--json").json
    assert fresh["key"] != key  # asked anew, the same question sees what is stored now


def test_replay_that_differs_is_told(run, line, key):
    """A plant.toml that was changed since: the proposal can no longer be made as it was."""
    toml = line.root / "plant.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("target = 120.0", "target = 121.0"), encoding="utf-8")
    said = run("ledger", "replay", line.root, key, "--json")
    assert said.code == 7
    assert said.json["then"]["aim"]["low"] == 116.0
    assert said.json["now"]["aim"]["low"] == 117.0
    assert "NOT the same" in run("ledger", "replay", line.root, key).out


def test_a_model_that_is_gone_is_told(run, line, key):
    shutil.rmtree(line.root / "store" / "models")
    for command in (("ledger", "replay", line.root, key), ("advise", line.root, "B-0230", "--as-of", "first")):
        said = run(*command, "--json")
        assert said.code == 7
        assert said.json["code"] == "store.corrupt"
        assert "pilothouse learn" in said.json["hint"]


@pytest.mark.parametrize("damage", ["empty", "half", "gone"])
def test_a_model_that_is_damaged_is_told(run, line, damage):
    (folder,) = (line.root / "store" / "models" / "auflage").iterdir()
    for part in sorted(folder.rglob("*")):
        if part.is_file() and damage == "gone":
            part.unlink()
        elif part.is_file():
            content = part.read_bytes()
            part.write_bytes(b"" if damage == "empty" else content[: len(content) // 2])
    said = run("advise", line.root, "B-0230", "--as-of", "first", "--json")
    assert said.code in {4, 7}
    assert said.json["code"] in {"store.corrupt", "data.schema"}


def test_all_proposals_are_replayed_at_once(run, line, key):
    """With a proposal of another aim one differs, and is told by its key."""
    run("advise", line.root, "B-0231", "--as-of", "first", "--json")
    said = run("ledger", "replay", line.root, "--all", "--compute", "local:2", "--json")
    assert said.code == 0, said.err
    assert said.json["proposals"] == said.json["same"] >= 2
    toml = line.root / "plant.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("target = 120.0", "target = 121.0"), encoding="utf-8")
    said = run("ledger", "replay", line.root, "--all", "--compute", "local:1", "--json")
    assert said.code == 7
    assert said.json["differ"][key].startswith("aim")
    assert run("ledger", "replay", line.root).code == 2
    assert run("ledger", "replay", line.root, key, "--all").code == 2
