"""The mill second by second."""

import numpy as np
import pytest

from pilothouse.clock import NS_PER_S
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.records import hours_of

ROLE = np.array([p.role for p in parameters().values()])
LABORATORY = ROLE == "laboratory"
SET = np.array([p.is_set for p in parameters().values()])
PLACE = {key: k for k, key in enumerate(parameters())}


def test_every_parameter_each_second_and_none_of_the_future(young):
    made = young()
    first_ns = made.now_ns
    ticks = list(made.live(300))
    assert ticks[0].parameters == tuple(parameters())
    assert len(set(ticks[0].parameters)) == 1080
    assert [t.at_ns for t in ticks] == [first_ns + k * NS_PER_S for k in range(300)]
    for tick in ticks:
        there = np.isfinite(tick.values)
        assert there.mean() > 0.99
        assert np.isin(tick.statuses, (0, 1, 2)).all()
        assert (tick.happened_ns[there] <= tick.known_ns[there]).all()
        assert (tick.known_ns[there] <= tick.at_ns).all()


def test_a_laboratory_result_appears_when_it_is_known_and_stays(young):
    made = young()
    known = {}
    for tick in made.live(3 * 3600):
        for place in np.flatnonzero(LABORATORY & (tick.known_ns > 0)):
            now = (int(tick.known_ns[place]), float(tick.values[place]), tick.pieces[place])
            before = known.get(place)
            if before is not None and before[0] != now[0]:
                late_s = (tick.at_ns - now[0]) / NS_PER_S
                assert 0.0 <= late_s <= 1.0  # told to the second
                assert now[0] >= before[0]
            elif before is not None:
                assert now == before
            known[place] = now
    assert known


def test_what_is_shown_of_the_laboratory_is_what_was_recorded(young):
    made = young()
    *_, last = made.live(4 * 3600)
    key = "TEST.test.P15_50"
    at = PLACE[key]
    frame = made.records.frames()["test_lab"]
    row = frame.filter((frame["known_ns"] <= last.at_ns) & frame[key].is_not_null()).sort("known_ns").tail(1)
    assert last.values[at] == row[key][0]
    assert last.known_ns[at] == row["known_ns"][0]
    assert last.happened_ns[at] == row["end_ns"][0]
    assert last.pieces[at] == row["piece"][0]


def test_set_points_stand_and_measured_values_move(young):
    made = young()
    ticks = list(made.live(60))
    values = np.array([t.values for t in ticks])
    same_piece = np.array([[p == q for p, q in zip(ticks[0].pieces, t.pieces, strict=True)] for t in ticks]).all(axis=0)
    noise = np.array([p.noise_sd for p in parameters().values()])
    assert (np.ptp(values[:, SET & same_piece], axis=0) == 0.0).all()
    moving = (ROLE == "measured") & same_piece & (noise > 0.0) & np.isfinite(values).all(axis=0)
    assert (np.ptp(values[:, moving], axis=0) > 0.0).all()
    assert np.median(values[:, moving].std(axis=0) / noise[moving]) == pytest.approx(0.9, abs=0.35)


def test_it_is_one_plant_however_it_is_watched(young, files_of, tmp_path):
    watched, alone = young(), young()
    list(watched.live(1800))
    watched.run(6)
    alone.run(len(watched.flow.tally.finished) - len(alone.flow.tally.finished))
    assert files_of(watched, tmp_path / "a") == files_of(alone, tmp_path / "b")


def test_seconds_are_counted_on(young):
    made = young()
    list(made.live(10))
    made.run(3)
    before_ns = made.now_ns
    tick = next(iter(made.live(1)))
    assert tick.at_ns >= before_ns
    assert hours_of(tick.at_ns) >= made.flow.now_h - 1e-9


def test_fewer_than_no_seconds_is_misuse(mill):
    with pytest.raises(ValueError, match="seconds"):
        next(mill().live(-1))


def test_a_disturbance_of_an_instrument_shows(young):
    key = "FAL.line.soak_temp"
    usual, faulty = young(), young()
    faulty.disturb(f"instrument-drift:{key}")
    for made in (usual, faulty):
        made.run(80)
    shown = [next(iter(made.live(1))).values[PLACE[key]] for made in (usual, faulty)]
    assert shown[1] > shown[0]
