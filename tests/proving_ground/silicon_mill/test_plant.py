"""The mill on the port: the same bytes, commands taken and refused."""

import math

import numpy as np
import pytest

from pilothouse.plants import Refusal
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import Coil
from proving_ground.silicon_mill.plant import RUN_IN_H, SiliconMill
from proving_ground.silicon_mill.records import START_NS, hours_of
from proving_ground.silicon_mill.route import SEGMENT
from proving_ground.silicon_mill.score import figures_of
from proving_ground.silicon_mill.stages.annealing import SET


def test_the_same_seed_and_variation_give_the_same_bytes(young, files_of, tmp_path):
    made = [young(seed=4, plant_variation=2) for _ in range(2)]
    for each in made:
        each.run(30)
    assert files_of(made[0], tmp_path / "a") == files_of(made[1], tmp_path / "b")
    assert figures_of(made[0].flow, 0.0) == figures_of(made[1].flow, 0.0)


def test_it_has_run_in_when_it_is_built(mill):
    made = mill()
    assert made.now_ns >= START_NS
    assert hours_of(made.now_ns) >= RUN_IN_H
    assert len([f for f in made.flow.tally.finished if f.at_h < RUN_IN_H]) > 1000


@pytest.mark.parametrize("wrong", [{"practice": "best"}, {"seed": -1}, {"plant_variation": -1}])
def test_misuse_is_told(wrong):
    with pytest.raises(ValueError, match=r"expected|practice|seed|variation"):
        SiliconMill(**{"seed": 1} | wrong)


def test_fewer_than_no_pieces_is_misuse(mill):
    with pytest.raises(ValueError, match="pieces"):
        next(mill().moments(-1))


# ---- commands refused ------------------------------------------------------------------------------------------------


def impossible(moment):
    """Commands that no mill takes, each with what the reason must say."""
    at = SEGMENT[moment.segment]
    other = next(p for p in parameters().values() if p.is_set and p.key not in at.set_points)
    measured = next(p for p in parameters().values() if p.unit == at.unit and not p.is_set)
    yield moment.piece, "no.such", 1.0, "1,080 parameters"
    yield "C99999-01", "FAL.line.speed", 100.0, "C99999-01"
    yield moment.piece, other.key, other.usual, moment.segment
    yield moment.piece, measured.key, measured.usual, moment.segment
    for lever in moment.levers[:3]:
        p = parameters()[lever]
        yield moment.piece, lever, math.nan, "expected a number, got nan"
        yield moment.piece, lever, math.inf, "got inf"
        yield moment.piece, lever, -math.inf, "got -inf"
        for value in (p.high + 1.0, p.low - 1.0):
            yield moment.piece, lever, value, f"{p.low:g} to {p.high:g}, got {value:g}"


def test_what_cannot_be_is_refused_with_a_reason_and_changes_nothing(young, files_of, tmp_path):
    pestered, alone = young(), young()
    asked = 0
    left = set()
    for moment in pestered.moments(10):
        for piece, parameter, value, said in impossible(moment) if moment.levers else ():
            refusal = pestered.command(piece, parameter, value)
            assert isinstance(refusal, Refusal)
            assert (refusal.piece, refusal.parameter) == (piece, parameter)
            assert refusal.reason.startswith(f"{parameter}: ")
            assert said in refusal.reason
            asked += 1
        if not moment.levers:
            left.add(moment.piece)
    assert asked > 500
    for piece in left:
        refusal = pestered.command(piece, "SLIT.line.speed" if "SLIT.line.speed" in parameters() else SET[0], 100.0)
        assert "has left" in refusal.reason
    alone.run(10)
    assert files_of(pestered, tmp_path / "a") == files_of(alone, tmp_path / "b")
    assert figures_of(pestered.flow, 0.0) == figures_of(alone.flow, 0.0)


def test_an_interlock_refuses_for_the_piece(young):
    made = young()
    for moment in made.moments(120):
        if moment.segment == "casting" and moment.levers and (si := made.flow.piece(moment.piece).grade.si) > 2.5:
            refusal = made.command(moment.piece, "CC.mould.speed", 1.3)
            assert "1.2 m/min at most, got 1.3" in refusal.reason
            assert f"{si:g} % Si" in refusal.reason
            assert made.command(moment.piece, "CC.mould.speed", 1.1) is None
            return
    pytest.fail("no heat rich in silicon came")


# ---- commands taken --------------------------------------------------------------------------------------------------


def run_to_anneal(made, change_k):
    """Let coils be annealed until three dozen have been; the one in the middle hotter by so much."""
    chosen = soaked = None
    for count, moment in enumerate(m for m in made.moments(40) if m.segment == "annealing"):
        if count == 5 and change_k is not None:
            chosen = moment.piece
            coil = made.flow.piece(chosen)
            recipe = made.flow._practice.set_points(SEGMENT["annealing"], coil, made.flow.now_h)
            commanded = {key: recipe[key] + change_k for key in SET}
            assert all(made.command(chosen, key, 500.0) is None for key in SET)
            assert all(made.command(chosen, key, value) is None for key, value in commanded.items())
            soaked = coil, commanded
        elif count == 5:
            soaked = made.flow.piece(moment.piece), None
    return soaked


def test_a_command_is_recorded_as_the_pieces_set_point_and_does_what_it_should(young):
    usual, commanded = young(), young()
    (one, _), (other, asked) = run_to_anneal(usual, None), run_to_anneal(commanded, 20.0)
    assert one.key == other.key
    assert other.soak_degc - one.soak_degc == pytest.approx(20.0, abs=8.0)
    rows = [r for r in commanded.records.rows if r.piece == other.key and r.segment.key == "annealing"]
    shown = {p.parameter: p.value for row in rows for p in row.readings()}
    assert {key: shown[key] for key in SET} == pytest.approx(asked)


def test_it_leaves_every_other_coil_alone(young):
    usual, commanded = young(), young()
    (one, _), (other, _) = run_to_anneal(usual, None), run_to_anneal(commanded, 20.0)
    at_h = next(r.end_h for r in commanded.records.rows if r.piece == other.key and r.segment.key == "annealing")
    differing = set()
    for a, b in zip(usual.records.rows, commanded.records.rows, strict=False):
        if b.end_h > at_h + 8.0:  # from the first test on the crew may answer
            break
        assert (a.piece, a.segment.key, a.start_h) == (b.piece, b.segment.key, b.start_h)
        if not np.allclose(a.values, b.values, rtol=0.01, atol=0.01, equal_nan=True):  # level 2 learns a little
            differing.add(a.piece)
    assert differing
    assert {p[: len(one.key)] for p in differing} == {one.key}


def test_a_later_command_replaces_an_earlier_one_and_none_outlives_its_segment(young):
    made = young()
    moment = next(m for m in made.moments(5) if m.levers and SEGMENT[m.segment].material == "coil")
    lever = moment.levers[0]
    p = parameters()[lever]
    for value in (p.low, p.high, p.usual):
        made.command(moment.piece, lever, value)
    assert made.flow.commanded == {(moment.piece, moment.segment): {lever: p.usual}}
    made.run(1)
    assert (moment.piece, moment.segment) not in made.flow.commanded


def test_a_waiting_piece_takes_commands_before_its_moment(young):
    made = young()
    made.run(5)
    piece, segment = next(
        (key, s) for key, (p, s) in made.flow.pieces.items() if isinstance(p, Coil) and s.key == "annealing"
    )
    assert made.command(piece, "FAL.line.tension", 4.5) is None
    assert made.flow.commanded[piece, segment.key] == {"FAL.line.tension": 4.5}


# ---- disturbances ----------------------------------------------------------------------------------------------------


def test_disturbances_are_told_in_words_and_unknown_ones_refused(mill):
    assert len(mill().disturbances) > 20
    assert all(words for words in mill().disturbances.values())
    with pytest.raises(ValueError, match="bof-scrap-shift"):
        mill().disturb("weather")


def test_a_disturbance_changes_what_is_made(young):
    usual, disturbed = young(), young()
    disturbed.disturb("fal-soak-pyrometer-drift")
    for made in (usual, disturbed):
        made.run(120)
    soaks = [{f.coil.key: f.coil.soak_degc for f in made.flow.tally.finished} for made in (usual, disturbed)]
    both = [soaks[1][k] - soaks[0][k] for k in soaks[0].keys() & soaks[1].keys()]
    assert min(both) < -3.0  # it reads too much, so the line heats less
