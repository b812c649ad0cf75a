"""Where levers are put: where faults, steps and time cost least, a little at a time."""

import numpy as np
import pytest
from tests.packs.steel.recipes.conftest import Works, tried

from pilothouse.clock import NS_PER_H
from pilothouse.packs.steel.recipes.plan import best_interval, cheapest


@pytest.fixture
def model(steering):
    def of(works, n=3000):
        return steering.learn(works.cases(n, tried), n * NS_PER_H, None)

    return of


def test_costs_are_faults_and_steps(model, steering):
    costs = model(Works()).costs("A")
    still, moved = costs.of(np.array([[0.0, 0.0], [2.0, 0.0]]))
    chances = costs.chances(np.array([[0.0, 0.0], [2.0, 0.0]]))
    said = 400.0 * chances["loss"] + 300.0 * chances["scale"] + np.array([0.0, -0.2])
    assert [still, moved] == pytest.approx(said)
    assert chances["scale"][1] < 0.6 * chances["scale"][0]


def test_it_never_costs_more_than_where_it_began_and_stays_near(model, steering):
    costs = model(Works()).costs("A")
    rng = np.random.default_rng(2)
    for _ in range(20):
        start = rng.uniform([-2.0, -2.0], [4.0, 5.0])
        found = cheapest(costs, steering.book.levers, start, (-0.5, 0.5), 0.5)
        assert np.all(np.abs(found - start) <= 0.5 + 1e-12)
        assert costs.of(found[None, :])[0] <= costs.of(start[None, :])[0] + 1e-9


def test_only_the_levers_asked_move(model, steering):
    costs = model(Works()).costs("A")
    found = cheapest(costs, steering.book.levers[1:], np.zeros(2), (-1.0, 1.0), 2.0)
    assert found[0] == 0.0


def test_centres_go_where_it_is_cheapest(steering):
    works, model, cases = Works(), None, []
    cases = works.cases(3000, tried)
    for round_ in range(10):
        model = steering.learn(cases, (3000 + round_) * NS_PER_H, model)
    centre = model.centres["A"]
    assert centre[0] == pytest.approx(4.0), "cooler is better for everything, to the end of its band"
    contrary = Works(heat_on_loss=0.02, heat_on_scale=0.5)
    cases = contrary.cases(3000, tried)
    model = None
    for round_ in range(10):
        model = steering.learn(cases, (3000 + round_) * NS_PER_H, model)
    assert model.centres["A"][0] == pytest.approx(-2.0), "where engineers are wrong, trials tell"


def test_older_rolls_are_changed_sooner():
    often, seldom = ((400.0, eur, 20.0) for eur in (10.0, 1e6))
    assert best_interval(0.01, 4.0, (24.0, 48.0, 72.0), often) == 24.0
    assert best_interval(0.01, 4.0, (24.0, 48.0, 72.0), seldom) == 72.0
