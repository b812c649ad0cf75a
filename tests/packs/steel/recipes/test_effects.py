"""What steps do, learnt from what was tried; and not from what was not."""

import numpy as np
import pytest
from tests.packs.steel.recipes.conftest import Works, tried

from pilothouse.clock import NS_PER_H
from pilothouse.packs.steel.recipes.columns import Columns, excess
from pilothouse.packs.steel.recipes.effects import learn_line, learn_odds

N = 4000


@pytest.fixture
def learnt(steering):
    def of(cases):
        book = steering.book
        columns = Columns.of(book, cases, len(cases) * NS_PER_H)
        loss, scale = book.qualities
        knowing = learn_line(book, loss, columns, ("A", "B"), None)
        assert knowing is not None
        return knowing, learn_line(book, loss, columns, ("A", "B"), knowing), learn_odds(book, scale, columns)

    return of


def test_effects_of_what_was_tried_are_found(learnt, works):
    knowing, planning, odds = learnt(works.cases(N, tried))
    assert knowing.effects[0] == pytest.approx([works.heat_on_loss, works.speed_on_loss], abs=0.0015)
    assert planning.effects[0][0] == pytest.approx(works.heat_on_loss, abs=0.003)
    assert odds.effects(2)[0][0] == pytest.approx(works.heat_on_scale, abs=0.15)
    assert odds.posterior.mean[-1] == pytest.approx(works.aged_on_scale, abs=0.5)


def test_untried_levers_keep_what_was_expected(learnt, works):
    knowing, _, odds = learnt(works.cases(N))
    spread = 1.0 / 10.0 * knowing.posterior.spread
    assert knowing.effects[0] == pytest.approx([-spread, spread], rel=0.6)
    assert np.sqrt(knowing.effects[1][0, 0]) == pytest.approx(abs(knowing.effects[0][0]), rel=0.05)
    assert odds.effects(2)[0][0] == pytest.approx(-0.3)


def test_a_wrong_expectation_is_unlearnt(learnt):
    contrary = Works(heat_on_loss=0.006)
    knowing, _, _ = learnt(contrary.cases(N, tried))
    assert knowing.effects[0][0] == pytest.approx(0.006, abs=0.0015)


def test_a_piece_is_foretold_by_what_is_known_of_it(learnt, works):
    knowing, planning, _ = learnt(works.cases(N, tried))
    dirty, clean = ({"sulphur": float(np.exp(0.3 * s + 2.0))} for s in (2.0, -2.0))
    assert knowing.own("A", dirty) - knowing.own("A", clean) == pytest.approx(4.0 * works.sulphur_on_loss, rel=0.15)
    assert knowing.own("A", {}) == pytest.approx(-0.05, abs=0.01)
    assert planning.names == ()


def test_a_slip_tells_nothing(learnt, works):
    knowing, _, _ = learnt(works.cases(N, tried))
    assert knowing.own("A", {"sulphur": 1e9}) == knowing.own("A", {})
    assert knowing.own("A", {"sulphur": -1.0}) == knowing.own("A", {})


def test_intervals_hold_nine_of_ten(learnt, works):
    knowing, _, _ = learnt(works.cases(N, tried))
    later = works.cases(2000, tried)
    off = [
        case.known["loss"] / 2.5 - 1.0
        - knowing.own(case.kind, case.known)
        - knowing.effects[0] @ [case.done["heat"], case.done["speed"]]
        for case in later
    ]  # fmt: skip
    assert np.mean(np.abs(off) <= knowing.half_width) == pytest.approx(0.9, abs=0.03)


def test_newest_batches_shift_it(learnt, works):
    cases = works.cases(N, tried)
    shifted = Works(seed=9)
    shifted.heat_on_loss, moved = works.heat_on_loss, shifted.cases(200, tried)
    for k, case in enumerate(moved):
        known = {**case.known, "loss": case.known["loss"] + 0.1}
        cases.append(
            type(case)(**{f: getattr(case, f) for f in case.__slots__}
                       | {"known": known, "finished_ns": (N + k) * NS_PER_H, "batch": f"late{k // 10}"})
        )  # fmt: skip
    knowing, _, _ = learnt(cases)
    assert 0.01 < knowing.shift < 0.045


def test_too_few_teach_nothing(steering, works):
    columns = Columns.of(steering.book, works.cases(30), 10**15)
    assert learn_line(steering.book, steering.book.qualities[0], columns, ("A", "B"), None) is None


def test_excess_looks_at_both_ends(steering):
    loss = steering.book.qualities[0]
    assert excess(loss, {"loss": 1.5}, {"loss": (1.6, 2.2)}) == pytest.approx(0.0625)
    assert excess(loss, {"loss": 2.31}, {"loss": (1.6, 2.2)}) == pytest.approx(0.05)
    assert np.isnan(excess(loss, {}, {"loss": (0.0, 2.5)}))
