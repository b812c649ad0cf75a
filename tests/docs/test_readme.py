"""The README's two commands and its Python are what they claim, and CI runs what the README says."""

import re

import pytest

from pilothouse.hub.hub import Hub
from pilothouse.hub.proving_ground import FILES, family, raise_plant


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def makefile(root):
    return (root / "Makefile").read_text(encoding="utf-8")


def recipe(makefile, target):
    found = re.search(rf"^{target}:.*\n((?:\t.*\n?)+)", makefile, flags=re.MULTILINE)
    return [line.strip() for line in found[1].splitlines()]


def test_its_python_runs(root, blocks, tmp_path, monkeypatch, capsys):
    plant = tmp_path / "pilothouse-demo"
    raise_plant(family("ladle-furnace"), plant, seed=1, plant_variation=0, practice="", pieces=200)
    with Hub.open(plant) as hub:
        hub.import_files(plant / FILES)
        hub.learn(hub.scenario(), as_of_ns=hub.clock(), seed=1)
    monkeypatch.chdir(tmp_path)
    [text] = blocks(root / "README.md", "python")
    assert len([line for line in text.splitlines() if line.strip()]) <= 10
    exec(compile(text, "README.md", "exec"), {})  # noqa: S102
    assert re.match(r"p[0-9a-f]{12} (optimal|infeasible|abstain) ", capsys.readouterr().out)


def test_its_demo_command_installs_and_runs(readme):
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/pilothouse demo\n" in readme


def test_ci_runs_its_test_command(root, readme, makefile):
    [command] = re.findall(r"^python3 -m venv .*pip install -e .*$", readme, flags=re.MULTILINE)
    assert 'grep -F -m 1 "pip install -e" README.md' in (root / ".ci" / "run").read_text(encoding="utf-8")
    first = next(line for line in readme.splitlines() if "pip install -e" in line)
    assert first == command, "CI takes the first line with these words"
    tests = command.split(" && ")[-1].removeprefix(".venv/bin/python")
    assert recipe(makefile, "test") == [f"$(PYTHON){tests}"]


def test_ci_runs_what_make_check_runs(root, makefile):
    script = (root / ".ci" / "run").read_text(encoding="utf-8")
    for line in recipe(makefile, "check"):
        assert line.removeprefix("$(PYTHON)") in script


def test_make_has_five_commands(makefile):
    targets = re.findall(r"^(\w+):", makefile, flags=re.MULTILINE)
    assert targets == ["check", "test", "bench", "docs", "demo"]


def test_it_has_one_picture_of_modest_size(root, readme):
    [picture] = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", readme)
    assert (root / picture).read_bytes()[:4] == b"\x89PNG"
    assert (root / picture).stat().st_size < 300_000


def test_ci_stops_at_the_first_fault(root):
    script = (root / ".ci" / "run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in script
    assert (root / ".ci" / "run").stat().st_mode & 0o111
