"""`reapply`: every move explained in money. The mill runs for minutes, so a plant that has run stands in for it."""

from types import SimpleNamespace

import pytest

from pilothouse.cli import reapplying
from pilothouse.clock import parse_instant
from pilothouse.decision.reapplication import Reassignment
from pilothouse.hub.reapplying import Moved

PARTS = ("price", "lateness", "stock", "claims", "others")


def moved(piece, *, refused=""):
    move = Reassignment(
        piece=piece, order="A/2", instead_of="" if piece == "C3" else "B/5", kind="A", was_kind="B",
        price=800.0, lateness=-40.0, stock=-5.0, claims=-20.0, others=-300.0,
    )  # fmt: skip
    return Moved(at_ns=parse_instant("2025-03-01T08:00:00Z"), move=move, refused=refused)


@pytest.fixture
def ran(monkeypatch):
    asked = []

    def run_days(plant, brought, days, progress):
        asked.append((plant, len(brought), days))
        progress(int(days), int(days))
        moves = [moved("C1"), moved("C2", refused="the order is full"), moved("C3"), moved("C4")]
        return SimpleNamespace(moves=moves, place_s=[0.001] * 1_431)

    monkeypatch.setattr(reapplying, "run_days", run_days)
    monkeypatch.setattr(reapplying, "build_plant", lambda chosen, **which: (chosen.key, which))
    return asked


def test_every_move_is_explained_by_parts_that_add_up(run, ran):
    said = run("reapply", "silicon-mill", "--days", "45", "--seed", "7", "--json")
    assert said.code == 0, said.err
    assert ran == [(("silicon-mill", {"seed": 7, "plant_variation": 0, "practice": ""}), 2, 45.0)]
    told = said.json
    assert (told["moved"], told["weighed"], told["currency"], len(told["moves"])) == (3, 1_431, "EUR", 4)
    assert told["reckoned"] == pytest.approx(3 * 435.0)
    for move in told["moves"]:
        assert move["gain"] == pytest.approx(sum(move[part] for part in PARTS))
        assert "+435 EUR = price +800, lateness -40, stock -5, claims -20, other pieces -300" in move["says"]


def test_people_see_the_newest_moves_and_what_was_refused(run, ran):
    said = run("reapply", "silicon-mill", "--days", "45", "--newest", "2")
    assert said.code == 0, said.err
    assert "Newest 2 of 3 moves" in said.out
    assert "C1" not in said.out
    assert "stock (B)" in said.out
    assert "other pieces" in said.out
    assert "C2 to A/2 (A) instead of B/5 (B): +435 EUR" in said.out
    assert said.out.count("the order is full") == len(ran) == 1


def test_a_family_that_declares_none_says_so(run):
    said = run("reapply", "ladle-furnace", "--days", "2")
    assert said.code != 0
    assert "expected at least one [[reapplication]]" in said.err
