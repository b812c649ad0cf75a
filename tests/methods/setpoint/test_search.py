"""Laws of the search for the cheapest lever range, against closed forms of the normal distribution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from pilothouse.methods.setpoint.lever import Aim, Bound, Lever
from pilothouse.methods.setpoint.search import cheapest_range


def lever(key="energy", low=0.0, high=100.0, price=1.0, step=0.0, source="works limit"):
    return Lever(
        key=key, low=Bound(value=low, source=source), high=Bound(value=high, source=source), price=price, step=step
    )


def landing(aim, slope=1.0, sigma=4.0, offset=0.0):
    """P(landing) where the result is normal around slope · sum of levers."""

    def chance(x):
        mean = offset + slope * x.sum(axis=1)
        return norm.cdf(aim.high, mean, sigma) - norm.cdf(aim.low, mean, sigma)

    return chance


@settings(max_examples=60)
@given(
    middle=st.floats(20, 80),
    half=st.floats(3, 15),
    sigma=st.floats(0.5, 8),
    probability=st.floats(0.5, 0.95),
    price=st.floats(-3, 3).filter(lambda p: abs(p) > 0.01),
)
def test_one_lever_finds_the_edge_of_the_closed_form(middle, half, sigma, probability, price):
    aim = Aim(low=middle - half, high=middle + half, probability=probability)
    chance = landing(aim, sigma=sigma)
    found = cheapest_range([lever(price=price)], aim, chance, np.random.default_rng(0))
    reachable = chance(np.array([[middle]]))[0]
    if reachable < probability - 1e-6:
        assert not found.feasible
        assert found.binding == ()
        return
    if reachable < probability + 0.01:
        return  # the feasible range is thinner than the grid
    assert found.feasible
    assert found.probability >= probability
    for end in (found.low, found.high):
        assert chance(end[None, :])[0] >= probability - 1e-9
    # The range is the whole closed-form range: a little beyond either end the probability is lost.
    for end, direction in ((found.low[0], -1), (found.high[0], 1)):
        beyond = end + direction * 1e-3
        assert beyond < 0 or beyond > 100 or chance(np.array([[beyond]]))[0] < probability + 1e-6
    cheap_end = found.low[0] if price > 0 else found.high[0]
    assert found.values[0] == pytest.approx(cheap_end, abs=0.3)
    assert found.cost == pytest.approx(price * found.values[0])
    assert found.cost_low[0] == pytest.approx(price * found.low[0])
    assert found.cost_high[0] == pytest.approx(price * found.high[0])


def test_with_two_levers_the_cheap_one_does_the_work_and_the_box_keeps_the_probability():
    aim = Aim(low=50, high=70, probability=0.9)
    chance = landing(aim)
    levers = [lever("cheap", price=1.0, high=40.0), lever("dear", price=5.0)]
    found = cheapest_range(levers, aim, chance, np.random.default_rng(1))
    # The sum must reach 55.13; the cheap lever gives its 40, the dear one the rest.
    assert found.feasible
    assert found.values == pytest.approx([40.0, 15.13], abs=0.5)
    rng = np.random.default_rng(2)
    inside = found.low + rng.random((500, 2)) * (found.high - found.low)
    assert (chance(inside) >= 0.9 - 1e-9).all()


def test_infeasible_names_the_limit_that_binds():
    aim = Aim(low=50, high=70, probability=0.9)
    found = cheapest_range([lever(high=30.0, source="transformer")], aim, landing(aim), np.random.default_rng(0))
    assert not found.feasible
    assert [(b.lever, b.bound.source, b.bound.value) for b in found.binding] == [("energy", "transformer", 30.0)]
    assert found.values[0] == pytest.approx(30.0)
    assert found.probability < 0.9


def test_a_tolerance_narrower_than_what_is_known_binds_no_lever():
    aim = Aim(low=59, high=61, probability=0.9)
    found = cheapest_range([lever()], aim, landing(aim), np.random.default_rng(0))
    assert not found.feasible
    assert found.binding == ()
    assert found.values[0] == pytest.approx(60.0, abs=0.3)


def test_values_stand_on_the_steps_people_can_set():
    aim = Aim(low=50, high=70, probability=0.9)
    found = cheapest_range([lever(step=5.0)], aim, landing(aim), np.random.default_rng(0))
    # The exact range is [55.13, 64.87].
    assert (found.low[0], found.values[0], found.high[0]) == (60.0, 60.0, 60.0)


def test_a_miss_that_costs_moves_the_value_inside_the_range_and_not_the_range():
    cheap = Aim(low=50, high=70, probability=0.6)
    dear = Aim(low=50, high=70, probability=0.6, miss_cost=1000.0)
    chance = landing(cheap)
    lean = cheapest_range([lever()], cheap, chance, np.random.default_rng(0))
    safe = cheapest_range([lever()], dear, chance, np.random.default_rng(0))
    assert (lean.low[0], lean.high[0]) == pytest.approx((safe.low[0], safe.high[0]), abs=0.01)
    assert lean.values[0] == pytest.approx(lean.low[0], abs=0.3)
    grid = np.linspace(safe.low[0], safe.high[0], 4001)[:, None]
    expected = grid[:, 0] + 1000.0 * (1 - chance(grid))
    assert safe.values[0] == pytest.approx(grid[expected.argmin(), 0], abs=0.3)


def test_a_free_lever_goes_where_the_probability_is_highest():
    aim = Aim(low=50, high=70, probability=0.9)
    found = cheapest_range([lever(price=0.0)], aim, landing(aim), np.random.default_rng(0))
    assert found.values[0] == pytest.approx(60.0, abs=0.3)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: lever(low=5.0, high=1.0), "low 5 .* is above"),
        (lambda: lever(step=-1.0), "step must not be negative"),
        (lambda: Aim(low=2.0, high=1.0, probability=0.5), "low 2 is not below"),
        (lambda: Aim(low=1.0, high=2.0, probability=1.0), "between 0 and 1"),
        (lambda: Aim(low=1.0, high=2.0, probability=0.5, miss_cost=-1.0), "miss cost must not be negative"),
        (lambda: cheapest_range([], Aim(low=0, high=1, probability=0.5), len, None), "at least one lever"),
    ],
)
def test_misuse_says_what_is_wrong(build, words):
    with pytest.raises(ValueError, match=words):
        build()
