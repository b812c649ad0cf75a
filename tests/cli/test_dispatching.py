"""`dispatch` on a plant folder: a dry run by itself, values before and after, exit codes."""

import importlib.util
from pathlib import Path

import pytest

from pilothouse.cli import dispatching
from pilothouse.clock import NS_PER_S
from pilothouse.connect.write_back import SetPointRule, WriteBack
from pilothouse.decision.commanded import DONE
from pilothouse.errors import NotWrittenError
from pilothouse.hub.hub import Hub
from pilothouse.ports import ReadBack

STOVE = Path(__file__).parents[1] / "hub" / "stove.py"


class Shelf:
    """An outlet that keeps values in memory."""

    key = "shelf"
    writable = frozenset({"arc"})

    def __init__(self) -> None:
        self.value, self.refuses = 3.0, False

    async def write(self, parameter: str, value: float, *, timeout_s: float) -> ReadBack:
        if self.refuses:
            raise NotWrittenError("the shelf is locked")
        self.value = value
        return ReadBack(value=value, at_ns=0)

    async def read(self, parameter: str, *, timeout_s: float) -> ReadBack:
        return ReadBack(value=self.value, at_ns=0)


@pytest.fixture
def shelf(monkeypatch, tmp_path):
    """A hub on a stove whose outlet is a shelf; the folder need not be read for it."""
    spec = importlib.util.spec_from_file_location("stove", STOVE)
    stove = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stove)
    shelf = Shelf()
    shelf.allowed = WriteBack(
        enabled=True,
        greatest_age_ns=60 * NS_PER_S,
        set_points=(SetPointRule(parameter="arc", lever="arc", least_ns=0, greatest_step=20.0),),
    )
    monkeypatch.setattr(Hub, "open", lambda root, **_: stove.open_hub(root, write_back=shelf.allowed))
    monkeypatch.setattr(dispatching, "outlets_of", lambda workspace: (shelf,))
    with stove.open_hub(tmp_path) as hub:
        stove.raise_authority(hub)
        stove.propose(hub, "p1", {"arc": 5.0})
    return shelf


def test_a_dry_run_says_what_would_be_sent(shelf, run, tmp_path) -> None:
    shelf.allowed = WriteBack(set_points=shelf.allowed.set_points)
    said = run("dispatch", tmp_path, "p1")
    assert said.code == 0
    assert "p1: dry run" in said.out
    assert "enabled = true" in said.out
    assert "Would be written" in said.out
    assert shelf.value == 3.0
    told = run("dispatch", tmp_path, "p1", "--dry-run", "--json").json
    assert told["ok"] is True
    assert told["ending"] == "dry run"
    assert told["writes"][0]["before"] == 3.0


def test_sent_with_before_value_and_what_was_read_back(shelf, run, tmp_path) -> None:
    told = run("dispatch", tmp_path, "p1", "--by", "ana", "--json").json
    assert told["ending"] == DONE
    (write,) = told["writes"]
    assert (write["before"], write["value"], write["read_back"], write["ending"]) == (3.0, 5.0, 5.0, "done")
    assert shelf.value == 5.0
    again = run("dispatch", tmp_path, "p1", "--json")
    assert (again.code, again.json["code"]) == (8, "decision.illegal-move")
    assert "no command is open" in run("dispatch", tmp_path).out


def test_refused_and_failed_have_their_exit_codes(shelf, run, tmp_path) -> None:
    shelf.value = 60.0
    refused = run("dispatch", tmp_path, "p1")
    assert refused.code == 8
    assert "- arc: from 60 to 5 is more than the greatest step 20" in refused.out
    shelf.value, shelf.refuses = 3.0, True
    failed = run("dispatch", tmp_path, "p1", "--json")
    assert (failed.code, failed.json["ok"], failed.json["ending"]) == (6, False, "failed")
    assert failed.json["reasons"] == ["the shelf is locked"]
