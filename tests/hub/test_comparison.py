"""What runs came to beside others."""

import numpy as np
import pytest

from pilothouse.decision.steering import Case
from pilothouse.hub.against import HELD_OUT, STEERED, UNTOUCHED, Draw, Ran, _groups
from pilothouse.hub.comparison import PACK, against, change_of, worth_of
from pilothouse.plants import Figure

RNG = np.random.default_rng(2)
CROSSED = [Draw(seed=s, plant_variation=v) for s in range(5) for v in range(5)]


def ran(defects, worths=None, groups=None):
    return Ran(figures={"defect_share": Figure(value=defects, unit="%")}, by_batch=worths or {}, groups=groups or {})


def test_changes_are_paired():
    told = change_of(CROSSED[:2], [5.0, 9.0], [10.0, 20.0])
    assert told.per_draw == pytest.approx((-50.0, -55.0))
    assert told.value == pytest.approx(-52.5)


def test_draws_that_share_a_seed_are_not_counted_as_many():
    by_seed = {draw: 100.0 + 5.0 * RNG.normal() for draw in range(5)}
    shared = change_of(CROSSED, [by_seed[d.seed] for d in CROSSED], [200.0] * 25)
    apart = change_of(CROSSED, [100.0 + 5.0 * RNG.normal() for _ in CROSSED], [200.0] * 25)
    assert shared.high - shared.low > 1.5 * (apart.high - apart.low)


def test_intervals_hold_the_truth():
    held = 0
    for _ in range(200):
        seeds, plants = RNG.normal(size=5), RNG.normal(size=5)
        ours = [50.0 + 3.0 * seeds[d.seed] + 2.0 * plants[d.plant_variation] + RNG.normal() for d in CROSSED]
        told = change_of(CROSSED, ours, [100.0] * 25)
        held += told.low <= -50.0 <= told.high
    assert held >= 180


def test_one_draw_has_no_interval():
    told = change_of([Draw(seed=1, plant_variation=0)], [5.0], [10.0])
    assert (told.value, told.low, told.high) == (-50.0, None, None)


def test_a_figure_that_is_not_told_everywhere_is_left_out():
    draws = CROSSED[:2]
    runs = {(draw, practice): ran(10.0 if practice else 5.0) for draw in draws for practice in (PACK, "usual")}
    assert against(runs, draws, "usual")["defect_share"].value == pytest.approx(-50.0)
    runs[draws[1], "usual"] = Ran(figures={}, by_batch={})
    assert against(runs, draws, "usual") == {}


def helm_and_usual(gain, batches=200):
    usual = {f"H{k}": float(RNG.normal(-40.0, 20.0)) for k in range(batches)}
    groups = {batch: HELD_OUT if k % 10 == 0 else STEERED for k, batch in enumerate(usual)}
    worths = {
        batch: worth + (gain if groups[batch] == STEERED else 0.0) + float(RNG.normal(0.0, 5.0))
        for batch, worth in usual.items()
    }
    return ran(5.0, worths, groups), ran(10.0, usual)


def test_worth_is_shown_two_ways_that_agree():
    shown = worth_of([helm_and_usual(30.0)])
    assert shown.verdict == "shown"
    assert shown.paired.low < 30.0 < shown.paired.high
    assert shown.held_out.low < 30.0 < shown.held_out.high
    assert shown.agree
    assert shown.as_json()["unit"] == "EUR/t"


def test_where_there_is_none_it_is_not_shown():
    assert worth_of([helm_and_usual(0.0)]).verdict == "not shown"
    assert worth_of([helm_and_usual(-30.0)]).verdict == "not shown"


def test_what_was_never_steered_is_worth_nothing_to_be_told():
    ours, usual = helm_and_usual(30.0)
    untouched = ran(5.0, dict(ours.by_batch), dict.fromkeys(ours.groups, UNTOUCHED))
    shown = worth_of([(untouched, usual)])
    assert (shown.paired, shown.held_out, shown.agree, shown.verdict) == (None, None, None, "not shown")


def test_a_batch_is_steered_once_any_of_its_pieces_is():
    def case(batch, **more):
        given = {"known": {}, "limits": {}, "done": {}, "ages": {}, "faults": (), **more}
        return Case(piece="C", batch=batch, kind="A", finished_ns=0, **given)

    cases = [case("H1", is_steered=True), case("H1"), case("H2"), case("H3", is_held_out=True)]
    assert _groups(cases) == {"H1": STEERED, "H2": UNTOUCHED, "H3": HELD_OUT}
