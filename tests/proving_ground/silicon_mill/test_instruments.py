"""What the instruments make of the truth; all that is nuisance; faults."""

import numpy as np
import pytest

from pilothouse.plant.frame import BAD, UNCERTAIN
from proving_ground.silicon_mill.instruments import COUNTED, Instruments, instrument_of
from proving_ground.silicon_mill.parameters import of_unit

UNIT = "FAL"
EVERY = np.arange(len(of_unit(UNIT)), dtype=np.intp)
PLACE = {p.key: k for k, p in enumerate(of_unit(UNIT))}
MEASURED = np.array([not p.is_set for p in of_unit(UNIT)])


def instruments(seed=3, variation=0, unit=UNIT):
    return Instruments(unit, seed=seed, plant_variation=variation)


def shown(one, number, at_h=100.0, truth=(), points=()):
    return one.read(EVERY, number, at_h, dict(truth), dict(points))


def many(one, count=600, every_h=2.0, **given):
    return np.array([shown(one, n, 100.0 + every_h * n, **given).asked_again for n in range(count)])


def test_noise_is_the_pieces_own_whatever_is_true():
    low, high = ({"FAL.lab.grain": um, "FAL.online.P15_50": 2.4} for um in (100.0, 120.0))
    key = PLACE["FAL.online.P15_50"]
    assert shown(instruments(), 812, truth=low.items()).values[key] == pytest.approx(
        shown(instruments(), 812, truth=high.items()).values[key], abs=0.0
    )
    off = [
        shown(instruments(), 812, truth=t.items()).asked_again[PLACE["FAL.lab.grain"]] / t["FAL.lab.grain"]
        for t in (low, high)
    ]
    assert off[0] == pytest.approx(off[1])  # a grain size is some per cent off, the same per cent


def test_the_noise_of_a_determined_value_is_what_is_told():
    for key, true, sd in (("FAL.lab.grain", 110.0, 8.8), ("FAL.online.P15_50", 2.5, 0.045)):
        values = many(instruments(), truth={key: true}.items())[:, PLACE[key]]
        changes = np.diff(values)  # bias and drift are slow
        assert changes.std() / np.sqrt(2.0) == pytest.approx(sd, rel=0.12)
        assert values.mean() == pytest.approx(true, abs=1.5 * sd)


def test_set_points_are_shown_as_they_were_set():
    points = {p.key: 0.3 * p.low + 0.7 * p.high for p in of_unit(UNIT) if p.is_set}
    told = shown(instruments(), 5, points=points.items())
    for key, value in points.items():
        assert told.values[PLACE[key]] == value
        assert told.statuses[PLACE[key]] == 0


def test_the_same_seed_shows_the_same_and_another_does_not():
    assert np.array_equal(shown(instruments(), 9).asked_again, shown(instruments(), 9).asked_again)
    assert not np.array_equal(shown(instruments(), 9).asked_again, shown(instruments(seed=4), 9).asked_again)
    assert not np.array_equal(shown(instruments(), 9).asked_again, shown(instruments(variation=1), 9).asked_again)


def test_values_stay_in_their_ranges_and_are_uncertain_at_the_ends():
    told = shown(instruments(), 3, truth={"FAL.online.P15_50": 1e3}.items())
    place = PLACE["FAL.online.P15_50"]
    assert told.asked_again[place] == of_unit(UNIT)[place].high
    assert told.statuses[place] in (UNCERTAIN, BAD)
    values = many(instruments(), 50)
    assert (values >= [p.low for p in of_unit(UNIT)]).all()
    assert (values <= [p.high for p in of_unit(UNIT)]).all()


def test_some_values_are_missing_or_broken_but_no_set_point_is():
    one = instruments()
    told = [shown(one, n, 100.0 + n) for n in range(400)]
    missing = np.isnan([t.values for t in told])
    broken = np.array([t.statuses for t in told]) == BAD
    assert 0.003 < missing[:, MEASURED].mean() < 0.012
    assert 0.0001 < broken[:, MEASURED].mean() < 0.001
    assert not missing[:, ~MEASURED].any()
    assert not broken[:, ~MEASURED].any()
    assert all(np.isfinite(t.asked_again).all() for t in told)


def test_instruments_are_stuck_now_and_then_for_a_day():
    values = many(instruments(), 720, every_h=1.0)
    same = np.diff(values, axis=0) == 0.0
    inside = (values[1:] > [p.low for p in of_unit(UNIT)]) & (values[1:] < [p.high for p in of_unit(UNIT)])
    stuck = (same & inside)[:, MEASURED]
    assert 0.001 < stuck.mean() < 0.006
    column = int(stuck.sum(axis=0).argmax())
    assert stuck[:, column].sum() >= 20


def test_most_values_wander_slowly_and_each_by_itself():
    values = many(instruments(), 700, every_h=6.0)[:, MEASURED]
    days = values[: 4 * 175].reshape(175, 4, -1).mean(axis=1)
    varying = days.std(axis=0) > 0.0
    z = (days[:, varying] - days[:, varying].mean(axis=0)) / days[:, varying].std(axis=0)
    keys = [p.key for p in of_unit(UNIT) if not p.is_set]
    free = [k for k, key in enumerate(np.array(keys)[varying]) if not key.endswith(COUNTED)]
    z = z[:, free]
    assert np.median((z[1:] * z[:-1]).mean(axis=0)) > 0.6
    across = np.corrcoef(z.T)[np.triu_indices(len(free), 1)]
    assert abs(np.median(across)) < 0.1


def test_counters_run_up_and_are_reset():
    counters = [k for k, p in enumerate(of_unit("HSM")) if not p.is_set and p.key.endswith(COUNTED)]
    assert counters
    one, every = instruments(unit="HSM"), np.arange(len(of_unit("HSM")), dtype=np.intp)
    values = np.array([one.read(every, n, 1.0, {}, {}).asked_again[counters] for n in range(1200)])
    changes = np.diff(values, axis=0)
    assert ((changes >= 0.0).mean(axis=0) > 0.97).all()
    assert (changes < 0.0).any(axis=0).all()


def test_what_nobody_works_out_stands_for_a_week():
    one, keys = instruments(), tuple(p.key for p in of_unit(UNIT) if p.is_set)
    first = one.standing(keys, 1.0)
    assert first == one.standing(keys, 167.0)
    assert first != one.standing(keys, 169.0)
    assert all(of_unit(UNIT)[PLACE[key]].low <= value <= of_unit(UNIT)[PLACE[key]].high for key, value in first.items())
    first.clear()
    assert one.standing(keys, 169.0)


def test_a_drift_grows_and_a_stuck_value_stays_until_they_are_switched_off():
    key = "FAL.line.soak_temp"
    p = of_unit(UNIT)[PLACE[key]]
    usual, faulty = instruments(), instruments()
    faulty.disturb("drift", key, 100.0)
    off = [
        shown(one, 1, 148.0, truth={key: p.usual}.items()).asked_again[PLACE[key]] - p.usual for one in (usual, faulty)
    ]
    assert off[1] - off[0] == pytest.approx(0.04 * (p.high - p.low))
    faulty.calm("drift", key)
    faulty.disturb("stuck", key, 150.0)
    values = {shown(faulty, n, 150.0 + n, truth={key: p.usual + n}.items()).asked_again[PLACE[key]] for n in range(9)}
    assert len(values) == 1
    faulty.calm("stuck", key)
    assert shown(faulty, 20, 170.0, truth={key: p.usual + 30.0}.items()).asked_again[PLACE[key]] not in values


@pytest.mark.parametrize("name", ["instrument-drift:no such", "drift:FAL.line.speed", "bof-scrap-shift", ""])
def test_other_names_are_not_faults_of_instruments(name):
    assert instrument_of(name) is None
    assert instrument_of("instrument-stuck:RH.final.C") == ("stuck", "RH.final.C")
