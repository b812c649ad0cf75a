"""Proposing: ranges that hold in the plant, limits that are named, and silence where nothing is known."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_MIN
from pilothouse.decision.proposal import Ending
from pilothouse.decision.scenario import Question
from pilothouse.methods.estimate.record import Record
from pilothouse.packs.declared.proposing import FROM_RECORD, _levers

NOISE = 1.5


def ask(world, model, piece, at_ns, **wishes):
    return world.scenario.propose(world.live(at_ns), model, Question(subject=piece, wishes=wishes), 1)


@pytest.fixture(scope="module")
def asked(world, early):
    """Every open question of 80 pieces the model has not learnt."""
    return [
        (piece, at_ns, ask(world, early, piece, at_ns))
        for piece in world.pieces[205:285]
        for at_ns in world.times_ns[piece][:-1]
    ]


def with_lever(world, **fields):
    lever = replace(world.scenario.declaration.levers[0], **fields)
    return replace(world.scenario, declaration=replace(world.scenario.declaration, levers=(lever,)))


def test_ranges_keep_the_asked_probability_in_the_plant(world, asked):
    """At the value, and at both ends, where people may go: what the plant really gives lands as often as was said."""
    rng = np.random.default_rng(3)
    changed = [(piece, at_ns, said) for piece, at_ns, said in asked if said.change]
    assert len(changed) > 0.8 * len(asked)
    landed = {"value": [], "low": [], "high": []}
    for piece, at_ns, said in changed:
        (point,) = said.change.points
        noise = rng.normal(0, NOISE, 20)
        for where, hits in landed.items():
            final = world.final(piece, at_ns, getattr(point, where), noise)
            hits.append(((final >= said.aim["low"]) & (final <= said.aim["high"])).mean())
    slack = 3 * np.sqrt(0.6 * 0.4 / len(changed))
    claimed = np.mean([said.probability for *_, said in changed])
    assert np.mean(landed["value"]) >= claimed - slack
    assert np.mean(landed["low"]) >= 0.6 - slack
    assert np.mean(landed["high"]) >= 0.6 - slack


def test_an_end_of_a_range_is_an_end(world, early, asked):
    """Beyond it the asked probability is lost, unless a limit is there."""
    probabilities = [said.probability for *_, said in asked if said.change]
    assert min(probabilities) >= 0.6
    for *_, said in asked[:20]:
        if not said.change:
            continue
        (point,) = said.change.points
        assert point.limit_low <= point.low <= point.value <= point.high <= point.limit_high
        assert point.cost_high - point.cost_low == pytest.approx(0.1 * (point.high - point.low))
        assert said.change.cost == pytest.approx(0.1 * point.value)


def test_intervals_hold_the_outcome(world, asked):
    """Of the proposal's baseline and value alike, as often as they say."""
    rng = np.random.default_rng(4)
    held = []
    for piece, at_ns, said in asked:
        if said.change:
            final = world.final(piece, at_ns, said.change.points[0].value, rng.normal(0, NOISE))
            held.append(said.forecast.low <= final <= said.forecast.high)
    assert np.mean(held) >= 0.9 - 3 * np.sqrt(0.09 / len(held))


def test_reasons_begin_with_the_lever_and_its_effect(asked):
    said = next(said for *_, said in asked if said.change)
    assert said.reasons[0].what.startswith(f"Arc heating {said.change.points[0].value:,.4g} kWh, at 0.01")
    assert said.reasons[0].effect == pytest.approx(0.0102 * said.change.points[0].value, rel=0.1)


def test_a_higher_aim_asks_for_more(world, early):
    piece = world.pieces[230]
    at_ns = world.times_ns[piece][0]
    low, high = (ask(world, early, piece, at_ns, target=target) for target in (1580.0, 1600.0))
    assert high.change.points[0].value - low.change.points[0].value == pytest.approx(20 / 0.0102, rel=0.25)
    assert (low.aim["low"], low.aim["high"]) == (1568.0, 1592.0)


def test_the_limit_that_binds_is_named(world, early):
    piece = world.pieces[230]
    snapshot = world.live(world.times_ns[piece][0])
    said = with_lever(world, high=100.0, source="fuse").propose(
        snapshot, early, Question(subject=piece, wishes={"target": 1610.0}), 1
    )
    assert said.ending == Ending.INFEASIBLE
    assert said.change is None
    assert said.why[0].startswith("the best chance is")
    assert said.why[1:] == ("Arc heating: the limit 100 kWh binds (fuse)",)
    assert said.baseline is not None


def test_what_the_record_does_not_support_binds_too(world, early):
    said = with_lever(world, high=50_000.0).propose(
        world.live(world.times_ns[world.pieces[230]][0]),
        early,
        Question(subject=world.pieces[230], wishes={"target": 1680.0}),
        1,
    )
    assert said.ending == Ending.INFEASIBLE
    assert "the record supports no more" in said.why[1]


def test_a_tolerance_narrower_than_what_can_be_known_is_told(world, early):
    piece = world.pieces[230]
    said = ask(world, early, piece, world.times_ns[piece][0], tolerance=0.2)
    assert said.ending == Ending.INFEASIBLE
    assert said.why[1] == "no limit binds: the tolerance is narrower than what can be known at this moment"


@pytest.mark.parametrize(
    ("low", "high", "seen", "free"),
    [
        (0.0, 6000.0, (200.0, 5000.0), (0.0, 5000.0)),  # nothing at all is always allowed where the limits allow it
        (-500.0, 6000.0, (200.0, 5000.0), (0.0, 5000.0)),
        (-500.0, 6000.0, (-900.0, 9000.0), (-500.0, 6000.0)),
        (100.0, 6000.0, (300.0, 5000.0), (300.0, 5000.0)),
        (100.0, 6000.0, (0.0, 50.0), (100.0, 100.0)),
        (0.0, 6000.0, (7000.0, 9000.0), (0.0, 6000.0)),
        (100.0, 6000.0, (7000.0, 9000.0), (6000.0, 6000.0)),
        (0.0, 6000.0, (0.0, 0.0), (0.0, 0.0)),
        (-600.0, -100.0, (-50.0, -20.0), (-100.0, -100.0)),
    ],
)
def test_the_search_stays_within_limits_and_record(world, early, low, high, seen, free):
    (lever,) = with_lever(world, low=low, high=high).declaration.levers
    (found,) = _levers([lever], replace(early.advice, seen=(seen,)))
    assert (found.low.value, found.high.value) == free
    assert (found.low.source == FROM_RECORD) == (free[0] != low)
    assert (found.high.source == FROM_RECORD) == (free[1] != high)


# ---- silence -----------------------------------------------------------------------------------------------------


def test_a_stale_measurement_makes_it_abstain(world, early):
    piece = world.pieces[230]
    last_ns = world.times_ns[piece][-1]
    said = ask(world, early, piece, last_ns + 31 * NS_PER_MIN)
    assert said.ending == Ending.ABSTAIN
    assert said.why == ("the latest measurement is 31 min old, more than 30 min",)
    assert ask(world, early, piece, last_ns + 30 * NS_PER_MIN).why != said.why


def test_a_piece_nobody_measured_makes_it_abstain(world, early):
    said = ask(world, early, "no such piece", world.after(230))
    assert said.ending == Ending.ABSTAIN
    assert said.why == ("nothing usable was measured of the piece in the 14 days before this instant",)


def test_what_was_never_seen_makes_it_abstain(world, early):
    piece = world.pieces[230]
    at_ns = world.times_ns[piece][0]
    strange = pl.col("piece") == piece
    frame = world.frames["lf"].with_columns(pl.when(strange).then(20.0).otherwise("temperature").alias("temperature"))
    other = replace(world, frames={**world.frames, "lf": frame})
    said = ask(other, early, piece, at_ns)
    assert said.ending == Ending.ABSTAIN
    assert any("20 is below" in why for why in said.why)


def test_without_thirty_outcomes_it_abstains(world, early):
    blank = replace(early, advice=replace(early.advice, record=Record.empty()))
    piece = world.pieces[203]
    said = ask(world, blank, piece, world.times_ns[piece][0])
    assert said.ending == Ending.ABSTAIN
    assert said.why == ("fewer than 30 outcomes are known to calibrate on",)


def test_outcomes_known_since_calibrate_it(world, early):
    blank = replace(early, advice=replace(early.advice, record=Record.empty()))
    piece = world.pieces[270]
    assert ask(world, blank, piece, world.times_ns[piece][0]).change is not None


def test_a_drifted_plant_makes_it_abstain(world, early):
    """All pieces since the model was learnt read 40 K more than they used to after the first measurement."""
    since_ns = world.after(200)
    firsts = {times[0] for times in world.times_ns.values()}
    later = (pl.col("start_ns") > since_ns) & ~pl.col("start_ns").is_in(list(firsts))
    frame = world.frames["lf"].with_columns(pl.col("temperature") + 40.0 * later.cast(pl.Float64))
    other = replace(world, frames={**world.frames, "lf": frame})
    piece = world.pieces[250]
    said = ask(other, early, piece, world.times_ns[piece][0])
    assert said.ending == Ending.ABSTAIN
    assert said.why[0].startswith("drift")


def test_a_scenario_without_levers_advises_nothing(world, early):
    bare = replace(world.scenario, declaration=replace(world.scenario.declaration, levers=()))
    model = replace(early, declared=bare._declared, advice=None)
    said = bare.propose(world.live(world.after(230)), model, Question(subject="h229"), 1)
    assert said.ending == Ending.ABSTAIN
    assert "declares no lever" in said.why[0]
