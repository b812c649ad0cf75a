"""The house as drawn: sizes, names, walls and rooms."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

HARD_LIMIT = 500
LONGER: dict[str, str] = {}
"""Files that may be longer than the hard limit, each with its reason; the table may only shrink."""

NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_something_to_measure() -> None:
    assert len(SOURCES) > 20


def test_no_file_is_longer_than_the_hard_limit() -> None:
    lengths = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in SOURCES + TESTS}
    too_long = {name for name, length in lengths.items() if length > HARD_LIMIT}
    assert too_long == set(LONGER), "split the file by concept; an exception needs its reason in LONGER"
    assert all(LONGER.values())


def test_every_file_is_named_for_what_it_holds() -> None:
    nameless = [name_of(path) for path in SOURCES + TESTS if path.stem.removeprefix("test_") in NAMELESS]
    assert nameless == [], "name the thing, or put it where it is used"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_the_library_does_not_print(path: Path) -> None:
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    lines = [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
    assert lines == []


def test_every_room_has_its_tests() -> None:
    packages = {path.parent for path in SOURCES if path.stem == "__init__"}
    rooms = {path.parent.relative_to(ROOT / "src") for path in SOURCES if path.stem != "__init__"}
    rooms = {room for room in rooms if ROOT / "src" / room in packages}  # a plant folder is data
    places = {
        Path(*room.parts[1:]) if room.parts[0] == "pilothouse" else room for room in rooms if room != Path("pilothouse")
    }
    without = [str(place) for place in sorted(places) if not list((ROOT / "tests" / place).glob("test_*.py"))]
    assert without == []


def test_the_import_contracts_hold() -> None:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    run = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 broken" in run.stdout
