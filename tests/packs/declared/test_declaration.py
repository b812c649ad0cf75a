"""``[[scenario]]`` tables: read as they are written, and every fault with its line and remedy."""

import re

import pytest

from pilothouse.decision.runs import Runs
from pilothouse.packs.declared.declaration import read_scenarios
from pilothouse.packs.declared.pack import pack
from pilothouse.plant.declaration import Declaration


def faults_of(text, plant):
    return read_scenarios(Declaration.parse(text), plant)[1]


def test_what_is_written_is_read(plant, plant_toml):
    (scenario,), faults = read_scenarios(Declaration.parse(plant_toml), plant)
    assert not faults
    assert (scenario.key, scenario.piece, scenario.result, scenario.unit) == ("final", "heat", "temperature", "degC")
    assert [f.name for f in scenario.features] == ["energy.sum.before", "energy.sum.step", "energy.sum.ahead"]
    assert scenario.parameters == ("temperature", "energy")
    assert [(task.key, task.known, task.title) for task in scenario.tasks] == [
        ("arrival", "first", "arrival"),
        ("last", "previous", "last"),
    ]
    assert scenario.levers[0].given == ("result.minutes_ahead",)
    assert (scenario.looks_back_days, scenario.aim.valid_minutes, scenario.mechanism) == (14.0, 30.0, None)
    assert scenario.words["energy.sum.ahead"].startswith("Energy, sum")


def test_a_plant_without_scenarios_has_none(plant):
    assert read_scenarios(Declaration.parse("schema = 1"), plant) == ((), ())


# Each fault: what is replaced by what, the text whose line is named, what is said, and what to do.
FAULTS = {
    "no key": ('key = "final"\n', "", "[[scenario]]", "key is missing", 'add a line key = "..."'),
    "no title": ('title = "Final temperature"\n', "", "[[scenario]]", "title is missing", "add a line title"),
    "a key that is none": (
        'key = "final"',
        'key = "fi nal"',
        'key = "fi nal"',
        "'fi nal' is not made of",
        "write the rest",
    ),
    "an unknown piece": ('piece = "heat"', 'piece = "haet"', 'piece = "haet"', "unknown piece 'haet'", "use heat"),
    "an unknown result": (
        'result = "temperature"',
        'result = "temprature"',
        'result = "temprature"',
        "unknown result 'temprature'",
        "use temperature",
    ),
    "a number as text": (
        "target = 1590.0",
        'target = "hot"',
        'target = "hot"',
        "target: expected a number, got 'hot'",
        "write plain digits",
    ),
    "no tolerance at all": ("tolerance = 12.0\n", "", "[scenario.aim]", "tolerance is missing", "add a line tolerance"),
    "a tolerance of nothing": (
        "tolerance = 12.0",
        "tolerance = 0.0",
        "tolerance = 0.0",
        "tolerance: expected a number of at least",
        "write plain digits",
    ),
    "a certain aim": (
        "probability = 0.6",
        "probability = 1.0",
        "probability = 1.0",
        "expected a number from 0.01 to 0.99, got 1.0",
        "write plain digits",
    ),
    "a cost nobody states": (
        'miss_cost_source = "assumed"\n',
        "",
        "miss_cost = 300.0",
        "miss_cost has no source",
        "say who states it",
    ),
    "a negative cost": (
        "miss_cost = 300.0",
        "miss_cost = -3.0",
        "miss_cost = -3.0",
        "miss_cost: expected a number of at least 0",
        "write plain digits",
    ),
    "no time to decide": (
        "tolerance = 12.0",
        "tolerance = 12.0\nvalid_minutes = 0.0",
        "valid_minutes = 0.0",
        "valid_minutes: expected",
        "write plain digits",
    ),
    "levers without an aim": (
        re.compile(r"\[scenario\.aim\].*?\n\n", re.DOTALL),
        "",
        "[[scenario]]",
        "levers without an aim",
        "add [scenario.aim]",
    ),
    "no task": (
        re.compile(r"\[\[scenario\.task\]\].*?\n\n", re.DOTALL),
        "",
        "[[scenario]]",
        "no task",
        "add [[scenario.task]]",
    ),
    "an unknown kind of task": (
        'known = "first"',
        'known = "frist"',
        'known = "frist"',
        "unknown known 'frist'",
        "use first",
    ),
    "two tasks of one key": (
        'key = "last"',
        'key = "arrival"',
        'key = "arrival"\nknown = "previous"',
        "the key 'arrival' stands on line",
        "give each task a key of its own",
    ),
    "a task called advice": (
        'key = "last"',
        'key = "advice"',
        'key = "advice"',
        "the key 'advice' is taken",
        "choose another key",
    ),
    "a pattern that fits nothing": (
        'known = "first"',
        'known = "first"\ndirect_without = ["engery.*"]',
        "direct_without",
        "'engery.*' fits no feature",
        "use",
    ),
    "a lever of no feature": (
        'feature = "energy.sum.ahead"',
        'feature = "energy.sum.ahaed"',
        "feature = ",
        "unknown feature 'energy.sum.ahaed'",
        "use energy.sum.ahead",
    ),
    "a lever that is past": (
        'feature = "energy.sum.ahead"',
        'feature = "energy.sum.before"',
        "feature = ",
        "'energy.sum.before' is no amount that is still ahead",
        "name one that takes sum",
    ),
    "an unknown given": (
        'given = ["result.minutes_ahead"]',
        'given = ["result.minutes"]',
        "given = ",
        "given: unknown 'result.minutes'",
        "use result.minutes_ahead",
    ),
    "limits the wrong way": (
        "low = 0.0",
        "low = 9000.0",
        "[[scenario.lever]]",
        "lever arc: low 9000 is not below high 6000",
        "correct the values",
    ),
    "a limit without source": (
        'source = "transformer"\n',
        "",
        "[[scenario.lever]]",
        "source is missing",
        "add a line source",
    ),
    "no price": ("price = 0.1\n", "", "[[scenario.lever]]", "price is missing", "add a line price"),
    "a negative step": (
        "step = 10.0",
        "step = -1.0",
        "step = -1.0",
        "step: expected a number of at least 0",
        "write plain digits",
    ),
    "two levers of one key": (
        "[[scenario.task]]",
        (
            '[[scenario.lever]]\nkey = "arc"\nfeature = "energy.sum.ahead"\nunit = "kWh"\nlow = 0\nhigh = 9\n'
            'source = "x"\nprice = 1\n\n[[scenario.task]]'
        ),
        'key = "arc"\nfeature',
        "the key 'arc' stands on line",
        "give each lever a key of its own",
    ),
    "an unknown parameter": (
        'of = ["energy"]',
        'of = ["enrgy"]',
        "of = ",
        "of: no parameter is called 'enrgy'",
        "use a key of parameters.csv",
    ),
    "a pattern without parameter": (
        'of = ["energy"]',
        'of = ["bulk_{n}"]',
        "of = ",
        "of: no parameter is called 'bulk_{n}'",
        "or a pattern with {n}",
    ),
    "an unknown take": ('take = ["sum"]', 'take = ["sum", "smu"]', "take = ", "take: unknown 'smu'", "use sum"),
    "an unknown window": (
        'over = ["before", "step", "ahead"]',
        'over = ["ahead", "after"]',
        "over = ",
        "unknown window 'after'",
        "write before, step, ahead or whole",
    ),
    "idle without a start": (
        'take = ["sum"]',
        'take = ["sum", "idle"]',
        "take = ",
        "idle over before means nothing",
        "take it over a window that has a start",
    ),
    "since of the whole": (
        'take = ["sum"]\nover = ["before", "step", "ahead"]',
        'take = ["since", "sum"]\nover = ["ahead", "whole"]',
        "take = ",
        "since over whole means nothing",
        "take it over a window",
    ),
    "a feature twice": (
        'over = ["before", "step", "ahead"]',
        'over = ["before", "ahead", "ahead"]',
        "[[scenario.feature]]",
        "feature 'energy.sum.ahead' is declared twice",
        "remove one",
    ),
    "a look back too short": (
        'title = "Final temperature"',
        'title = "F"\nlooks_back_days = 2.0',
        "looks_back_days",
        "looks_back_days: expected a number of at least 8",
        "write plain digits",
    ),
    "an unknown key": (
        "tolerance = 12.0",
        "tolerance = 12.0\ntolernace = 3.0",
        "tolernace",
        "unknown key 'tolernace'",
        "use tolerance",
    ),
    "an unknown table": (
        "[[scenario.task]]",
        "[[scenario.tsak]]",
        "[[scenario.tsak]]",
        "unknown table 'tsak'",
        "use task",
    ),
    "a table in the wrong form": (
        "[scenario.aim]",
        "[[scenario.aim]]",
        "[[scenario.aim]]",
        "aim: expected a table, got a list of tables",
        "write its keys under [aim]",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_every_fault_has_its_line_and_remedy(kind, plant, plant_toml):
    old, new, at, problem, remedy = FAULTS[kind]
    text = old.sub(new, plant_toml) if isinstance(old, re.Pattern) else plant_toml.replace(old, new, 1)
    assert text != plant_toml
    scenarios, faults = read_scenarios(Declaration.parse(text), plant)
    (fault,) = [fault for fault in faults if problem in fault.problem]
    assert fault.file == "plant.toml"
    assert fault.line == text[: text.index(at)].count("\n") + 1
    assert fault.problem.startswith("scenario ")
    assert remedy in fault.remedy
    assert scenarios == ()


def test_all_faults_are_told_at_once(plant, plant_toml):
    text = (
        plant_toml.replace('"heat"', '"haet"')
        .replace("tolerance = 12.0", "tolerance = -1")
        .replace('["sum"]', '["smu"]')
    )
    problems = " ".join(fault.problem for fault in faults_of(text, plant))
    assert all(word in problems for word in ("'haet'", "tolerance", "'smu'"))


def test_a_faulty_scenario_does_not_hide_a_sound_one(plant, plant_toml):
    other = plant_toml.replace('"final"', '"other"').replace('"heat"', '"haet"')
    scenarios, faults = read_scenarios(Declaration.parse(other + plant_toml), plant)
    assert [scenario.key for scenario in scenarios] == ["final"]
    assert [fault.problem for fault in faults] == ["scenario other: unknown piece 'haet'"]


def test_two_scenarios_of_one_key(plant, plant_toml):
    (fault,) = faults_of(plant_toml + plant_toml, plant)
    assert "the key 'final' stands on line 2 already" in fault.problem


def test_a_pattern_takes_all_that_fit_together_or_each(plant, plant_toml):
    from dataclasses import replace  # noqa: PLC0415 - used here alone

    energy = plant.parameters["energy"]
    more = {f"bulk_{n}": replace(energy, key=f"bulk_{n}", name=f"Bulk {n}") for n in (1, 2, 15)} | {
        "bulk_x": replace(energy, key="bulk_x")
    }
    many = replace(plant, parameters={**plant.parameters, **more})
    table = '\n[[scenario.feature]]\nof = ["bulk_{n}"]\ntake = ["sum"]\nover = ["before"]\n'
    (scenario,), _ = read_scenarios(Declaration.parse(plant_toml + table + table + 'together = "bulk"\n'), many)
    found = {f.name: f.of for f in scenario.features}
    assert found["bulk.sum.before"] == ("bulk_1", "bulk_2", "bulk_15")
    assert found["bulk_15.sum.before"] == ("bulk_15",)
    assert "bulk_x.sum.before" not in found


def test_a_mechanism_is_looked_at_whatever_else_is_wrong(plant, plant_toml, tmp_path):
    text = plant_toml.replace('result = "temperature"', 'result = "temprature"\nmechanism = "balance.py"')
    scenarios, faults = pack.scenarios(tmp_path, Declaration.parse(text), plant)
    assert not scenarios
    assert [(fault.file, fault.problem) for fault in faults] == [
        ("plant.toml", "scenario final: unknown result 'temprature'"),
        ("balance.py", "scenario final: the mechanism's file is missing"),
    ]
    (tmp_path / "balance.py").write_text("def mechanism(row):\n    return {}\n", encoding="utf-8")
    _, faults = pack.scenarios(tmp_path, Declaration.parse(text), plant)
    assert [fault.file for fault in faults] == ["plant.toml"]


def test_a_broken_mechanism_is_a_fault_of_its_file(plant, plant_toml, tmp_path):
    text = plant_toml.replace('result = "temperature"', 'result = "temperature"\nmechanism = "balance.py"')
    scenarios, (fault,) = pack.scenarios(tmp_path, Declaration.parse(text), plant)
    assert (scenarios, fault.file, fault.line) == ((), "balance.py", 1)
    assert fault.problem == "scenario final: the mechanism's file is missing"
    (tmp_path / "balance.py").write_text("x = 1\nx = y\n", encoding="utf-8")
    _, (fault,) = pack.scenarios(tmp_path, Declaration.parse(text), plant)
    assert (fault.file, fault.line) == ("balance.py", 2)
    (tmp_path / "balance.py").write_text("def mechanism(row):\n    return {}\n", encoding="utf-8")
    (scenario,), faults = pack.scenarios(tmp_path, Declaration.parse(text), plant)
    assert not faults
    assert scenario.mechanism is not None


RUNS = '[scenario.runs]\non = ["order"]\nseconds = 2.5\nbacklog = 7\n\n[scenario.aim]'


def test_when_it_runs_is_read_and_changes_no_model(plant, plant_toml):
    (usual,), _ = read_scenarios(Declaration.parse(plant_toml), plant)
    (other,), faults = read_scenarios(Declaration.parse(plant_toml.replace("[scenario.aim]", RUNS)), plant)
    assert not faults
    assert usual.runs == Runs()
    assert other.runs == Runs(on=("order",), seconds=2.5, backlog=7)
    assert repr(other) == repr(usual), "the version of a model is made of it"


@pytest.mark.parametrize(
    ("written", "wrong", "told"),
    [
        ('["order"]', '["oder"]', "on: unknown 'oder'"),
        ("2.5", "0.0", "seconds: expected a number of at least 0.1"),
        ("= 7", "= 0", "backlog: expected a whole number of at least 1"),
        ("backlog", "back_log", "unknown key 'back_log'"),
    ],
)
def test_a_fault_in_when_it_runs(plant, plant_toml, written, wrong, told):
    (fault,) = faults_of(plant_toml.replace("[scenario.aim]", RUNS.replace(written, wrong)), plant)
    assert told in fault.problem
    assert "runs" in fault.problem
