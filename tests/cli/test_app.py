"""All commands alike: help with an example, one shape of errors, exit codes by family, never a traceback."""

import json
import shutil

import pytest

COMMANDS = (
    "demo",
    "init",
    "check",
    "import",
    "learn",
    "advise",
    "decide",
    "prove",
    "ledger show",
    "ledger verify",
    "ledger replay",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(run, command):
    said = run(*command.split(), "--help")
    assert said.code == 0
    assert f"Example: pilothouse {command}" in " ".join(said.out.split())


def test_without_a_command_the_commands_are_listed(run):
    said = run()
    told = said.out + said.err
    assert all(command.split()[0] in told for command in COMMANDS)


@pytest.mark.parametrize(
    "misuse",
    [
        ("advise",),
        ("fly",),
        ("learn", "x", "--seed", "-1"),
        ("prove", "x", "--from-fraction", "2"),
        ("decide", "x", "p", "maybe", "--by", "ana"),
        ("decide", "x", "p", "accept"),
        ("advise", "x", "p", "--wish", "target"),
        ("advise", "x", "p", "--wish", "=3"),
        ("advise", "x", "p", "--wish", "target=warm"),
        ("advise", "x", "p", "--wish", "target=nan"),
        ("decide", "x", "p", "edit", "--by", "ana", "--set", "arc=inf"),
    ],
)
def test_misuse_ends_with_2(run, misuse):
    said = run(*misuse)
    assert said.code == 2
    assert not said.out


@pytest.mark.parametrize(
    ("command", "code", "exit_code"),
    [
        (("check", "{tmp}/none"), None, 3),
        (("import", "{tmp}/none", "{tmp}"), "config", 3),
        (("advise", "{tmp}/none", "7"), "config", 3),
        (("prove", "no-such-family"), "config", 3),
        (("init", "{tmp}/new", "--from", "ladle"), "config", 3),
        (("import", "{line}", "{tmp}/none"), "source", 6),
        (("advise", "{line}", "B-9999"), "data", 4),
        (("decide", "{line}", "p0", "accept", "--by", "ana"), "decision.illegal-move", 8),
        (("ledger", "replay", "{line}", "p0"), "decision.illegal-move", 8),
        (("learn", "{line}", "--until", "yesterday"), "data", 4),
        (("learn", "{line}", "--until", "2000-01-01"), "model.not-fitted", 5),
        (("learn", "{line}", "--scenario", "auflag"), "config", 3),
    ],
)
def test_errors_have_one_shape(run, line, tmp_path, command, code, exit_code):
    given = [part.format(tmp=tmp_path, line=line.root) for part in command]
    for_programs = run(*given, "--json")
    assert for_programs.code == exit_code
    if code is None:
        return
    assert set(for_programs.json) == {"ok", "code", "message", "hint", "context"}
    assert for_programs.json["ok"] is False
    assert for_programs.json["code"] == code
    assert for_programs.json["message"]
    for_people = run(*given)
    assert for_people.code == exit_code
    assert not for_people.out
    assert for_programs.json["message"].splitlines()[0][:40] in for_people.err


def test_a_fault_for_people_goes_aside(run, tmp_path):
    said = run("init", tmp_path / "new", "--from", "ladle")
    assert not said.out
    assert said.err.startswith("config --from ladle: expected an example")
    assert "Use one of: ladle-furnace." in said.err


def test_the_nearest_known_name_is_offered(run, line):
    assert "auflage" in run("learn", line.root, "--scenario", "auflag", "--json").json["hint"]
    # Another piece is never the one that was meant.
    assert run("advise", line.root, "B-250", "--json").json["hint"] == "check the name, or import its data"


def test_a_refusal_of_the_machine_is_told(run, line, tmp_path, monkeypatch):
    def full(*_arguments, **_more):
        raise OSError(28, "No space left on device", "parts.parquet")

    monkeypatch.setattr(shutil, "copytree", full)
    said = run("init", tmp_path / "new", "--from", line.root, "--json")
    assert said.code == 7
    assert said.json["code"] == "store"
    assert said.json["context"] == {"file": "parts.parquet"}
    assert "No space left" in said.json["message"]


def test_json_is_the_only_thing_on_standard_output(run, line):
    said = run("advise", line.root, "B-0250", "--as-of", "first", "--json")
    assert json.loads(said.out)["ok"] is True
    assert not said.err


def test_a_store_that_another_process_holds_is_told(run, line):
    from pilothouse.hub.hub import Hub  # noqa: PLC0415 - another holder of the store

    with Hub.open(line.root):
        said = run("import", line.root, line.root, "--json")
    assert said.code == 7
    assert said.json["code"] == "store.locked"
