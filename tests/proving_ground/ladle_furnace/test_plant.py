import math

import pytest

from pilothouse.plants import Refusal
from proving_ground.ladle_furnace import family
from proving_ground.ladle_furnace.plant import HOTTEST_DEGC


def advised(seed, heats, energy_of):
    """A run in which every step's energy is commanded."""
    plant = family.build(seed=seed)
    for moment in plant.moments(heats):
        energy = energy_of(moment)
        if energy is not None:
            plant.command(moment.piece, "active_energy", energy)
    return plant


def test_every_practice_meets_the_same_heats():
    usual, other = family.build(seed=11), family.build(seed=11, practice="recentred")
    usual.run(300)
    other.run(300)
    assert [o.heat for o in usual.outcomes()] == [o.heat for o in other.outcomes()]
    assert [o.energy_kwh for o in usual.outcomes()] != [o.energy_kwh for o in other.outcomes()]


def test_a_command_shifts_no_disturbance():
    usual = family.build(seed=11)
    usual.run(60)
    hotter = advised(11, 60, lambda moment: 600.0 if moment.piece == "H00003" else None)
    assert [o.heat for o in usual.outcomes()] == [o.heat for o in hotter.outcomes()]
    assert [n for n, (a, b) in enumerate(zip(usual.outcomes(), hotter.outcomes(), strict=True)) if a != b] == [2]


def test_the_same_probe_has_the_same_noise_under_another_practice():
    usual, other = family.build(seed=11), family.build(seed=11, practice="recentred")
    usual.run(200)
    other.run(200)
    first = [[o.events[_first_probe(o)][2] for o in plant.outcomes()] for plant in (usual, other)]
    assert first[0] == first[1]


def test_a_commanded_energy_is_what_the_meter_shows():
    plant = family.build(seed=5)
    moments = plant.moments(1)
    first = next(moments)
    assert plant.command(first.piece, "active_energy", 700.0) is None
    second = next(moments)
    shown = sum(r.value for r in second.readings if r.parameter == "active_energy")
    assert second.piece == first.piece
    assert shown == pytest.approx(700.0, rel=0.03)


def test_a_later_command_replaces_an_earlier_one():
    plant = family.build(seed=5)
    moments = plant.moments(1)
    first = next(moments)
    plant.command(first.piece, "active_energy", 700.0)
    plant.command(first.piece, "active_energy", 0.0)
    second = next(moments)
    assert not [r for r in second.readings if r.parameter == "active_energy"]


def test_more_energy_gives_hotter_heats():
    bath = {}
    for energy in (0.0, 400.0, 900.0):
        plant = family.build(seed=5)
        moments = plant.moments(1)
        first = next(moments)
        plant.command(first.piece, "active_energy", energy)
        next(moments)
        bath[energy] = plant._open.state.bath_degc
    assert bath[0.0] < bath[400.0] < bath[900.0]


@pytest.mark.parametrize("value", [-1.0, 10.0, 2501.0, math.nan, math.inf])
def test_what_is_outside_the_interlock_is_refused_with_a_reason(value):
    plant = family.build(seed=5)
    moment = next(plant.moments(1))
    refusal = plant.command(moment.piece, "active_energy", value)
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith("expected 0, or 30 to 2500 kWh")


def test_what_may_melt_the_lining_is_refused():
    plant = family.build(seed=5)
    refusals = [plant.command(m.piece, "active_energy", 2500.0) for m in plant.moments(5)]
    reasons = [r.reason for r in refusals if r is not None]
    assert reasons
    assert all("lining" in reason for reason in reasons)
    assert max(o.final_degc for o in plant.outcomes()) < HOTTEST_DEGC + 20.0


def test_a_piece_that_is_not_there_and_a_parameter_that_is_no_lever_are_refused():
    plant = family.build(seed=5)
    assert "not at a moment" in plant.command("H00001", "active_energy", 100.0).reason
    moment = next(plant.moments(1))
    assert "not at a moment" in plant.command("H09999", "active_energy", 100.0).reason
    assert "only active_energy" in plant.command(moment.piece, "bulk_1", 100.0).reason


def test_a_moment_tells_only_what_the_crew_sees():
    plant = family.build(seed=5)
    for moment in plant.moments(20):
        assert moment.readings[-1].parameter == "temperature"
        assert {r.parameter for r in moment.readings} <= {
            "temperature", "active_energy", "reactive_energy",
            *(f"bulk_{n}" for n in range(1, 13)), *(f"wire_{n}" for n in range(1, 9)),
        }  # fmt: skip


def test_misuse_of_the_plant():
    with pytest.raises(ValueError, match="practice"):
        family.build(seed=1, practice="lazy")
    with pytest.raises(ValueError, match="pieces"):
        list(family.build(seed=1).moments(-1))


def _first_probe(outcome):
    return next(k for k, event in enumerate(outcome.events) if event[0] == "probe")
