"""`learn`: from what was known at an instant."""

import json
import shutil

import pytest

from pilothouse.clock import parse_instant
from pilothouse.hub.hub import Hub


@pytest.fixture
def recorded(line):
    """A line that has a record and no model."""
    shutil.rmtree(line.root / "store" / "models")
    (line.root / "store" / "ledger.db").unlink()
    for rest in (line.root / "store").glob("ledger.db-*"):
        rest.unlink()
    return line


def test_until_a_fraction_of_the_pieces(run, recorded):
    said = run("learn", recorded.root, "--until-fraction", "0.35", "--json").json
    assert set(said) == {"ok", "scenario", "version", "as_of_ns", "subjects", "seconds"}
    next_coil = recorded.coils[112]
    assert said["as_of_ns"] == next_coil.readings[0][0] - 1
    # the coil before may not have been clearly finished yet, when the next one was first measured
    assert said["subjects"] in {110, 111, 112}
    assert (recorded.root / "store" / "models" / "auflage" / said["version"]).is_dir()


def test_until_an_instant_in_the_zone_of_the_plant(run, recorded):
    said = run("learn", recorded.root, "--until", "2026-03-29 08:00", "--json").json
    assert said["as_of_ns"] == parse_instant("2026-03-29T06:00:00Z")
    for_people = run("learn", recorded.root, "--until", "2026-03-29 08:00")
    assert "as known on 2026-03-29 08:00:00+02:00" in for_people.out
    assert f"{said['subjects']} pieces" in for_people.out


def test_the_same_record_and_seed_give_the_same_model(run, recorded):
    """And learning is written down each time."""
    told = [run("learn", recorded.root, "--until", "2026-03-29", "--json").json["version"] for _ in range(2)]
    other = run("learn", recorded.root, "--until", "2026-03-29", "--seed", "2", "--json").json["version"]
    assert told[0] == told[1] != other
    events = run("ledger", "show", recorded.root, "--kind", "learnt", "--json").json
    assert [event["payload"]["version"] for event in events] == [*told, other]
    assert [event["payload"]["seed"] for event in events] == [1, 1, 2]


def test_two_ends_are_misuse(run, recorded):
    said = run("learn", recorded.root, "--until", "2026-03-29", "--until-fraction", "0.5")
    assert said.code == 2
    assert "not both" in said.err


@pytest.mark.parametrize("share", ["0", "0.02"])
def test_too_little_is_told(run, recorded, share):
    said = run("learn", recorded.root, "--until-fraction", share, "--json")
    assert said.code == 5
    assert said.json["code"] == "model.not-fitted"
    assert not json.loads(run("ledger", "show", recorded.root, "--json").out)


def test_nothing_recorded_is_told(run, tmp_path, coating_line):
    root = coating_line.folder(tmp_path / "line")
    for command in (("learn", root), ("learn", root, "--until-fraction", "0.5")):
        assert run(*command, "--json").code == 5


def test_nothing_learnt_is_told(run, recorded):
    said = run("advise", recorded.root, "B-0250", "--as-of", "first", "--json")
    assert said.code == 5
    assert "pilothouse learn" in said.json["hint"]


# ---- all scenarios --------------------------------------------------------------------------------------------------

SECOND = """
[[scenario]]
key = "nur_prognose"
title = "Schichtauflage, nur Prognose"
piece = "bund"
result = "coating"
[[scenario.task]]
key = "am_anfang"
known = "first"
[[scenario.feature]]
of = ["primer"]
take = ["sum"]
over = ["before"]
"""


@pytest.fixture
def with_two(recorded):
    """A line with two scenarios."""
    toml = recorded.root / "plant.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + SECOND, encoding="utf-8")
    return recorded.root


def kept(root):
    models = root / "store" / "models"
    return {p.relative_to(models).as_posix(): p.read_bytes() for p in sorted(models.rglob("*")) if p.is_file()}


def test_all_are_learnt_as_they_are_one_by_one(run, with_two):
    """To the byte; and where several are declared and none is named, it says so as before."""
    assert run("learn", with_two, "--json").code == 3
    given = ("--until-fraction", "0.35", "--json")
    one_by_one = [run("learn", with_two, "--scenario", key, *given).json for key in ("auflage", "nur_prognose")]
    files = kept(with_two)
    shutil.rmtree(with_two / "store" / "models")
    said = run("learn", with_two, "--all", "--compute", "local:2", *given)
    assert said.code == 0, said.err
    assert said.json["ok"]
    assert said.json["failed"] == []
    for key in ("scenario", "version", "as_of_ns", "subjects"):
        assert [one[key] for one in said.json["learnt"]] == [one[key] for one in one_by_one]
    assert kept(with_two) == files


def test_those_that_cannot_be_learnt_are_told_beside_the_others(run, kettles, tmp_path):
    root = kettles.write_kitchen(
        tmp_path / "kitchen",
        ("mild", "answers"),
        ("burnt", "raises"),
        ("rules", "learns-nothing"),
        extra='[hub]\ncompute = "local:1"\n',
    )
    with Hub.open(root) as hub:
        hub.historian.write("hob", kettles.brews(range(12), parse_instant("2026-03-02"), done=True))
    said = run("learn", root, "--all", "--json")
    assert said.code == 10
    assert [one["scenario"] for one in said.json["learnt"]] == ["mild"]
    (failed,) = said.json["failed"]
    assert (failed["scenario"], failed["code"]) == ("burnt", "compute")
    people = run("learn", root, "--all")
    assert "1 of 3 scenarios learnt" in people.out
    assert "rules: rules or search, it learns nothing" in people.out


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--all", "--scenario", "auflage"), "--all or --scenario"),
        (("--compute", "local:2"), "--compute is for --all"),
    ],
)
def test_what_does_not_go_together_is_misuse(run, recorded, given, told):
    said = run("learn", recorded.root, *given)
    assert said.code == 2
    assert told in " ".join(said.err.split())


def test_a_compute_that_is_none_says_what_was_expected(run, recorded):
    said = run("learn", recorded.root, "--all", "--compute", "many", "--json")
    assert said.code == 3
    assert "dask://host:port" in said.json["message"]
