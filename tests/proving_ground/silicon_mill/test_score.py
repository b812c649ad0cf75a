import math

import pytest

from pilothouse.units import kind_of
from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.parameters import parameters
from proving_ground.silicon_mill.piece import DEFECTS
from proving_ground.silicon_mill.plant import RUN_IN_H
from proving_ground.silicon_mill.score import figures_of, manned_h
from proving_ground.silicon_mill.stocks import PLACES


@pytest.fixture(scope="module")
def made(mill):
    return mill()


@pytest.fixture(scope="module")
def done(made):
    return [f for f in made.flow.tally.finished if f.at_h >= RUN_IN_H]


@pytest.fixture(scope="module")
def figures(made):
    return made.figures()


def test_figures_have_units_and_are_finite(figures):
    assert figures["parameters"].value == len(parameters()) == 1080
    for figure in figures.values():
        assert math.isfinite(figure.value)
        assert kind_of(figure.unit) is not None


def test_nothing_is_told_before_the_first_coil(made):
    assert figures_of(made.flow, made.flow.now_h + 1.0) == {}


def test_only_what_was_finished_since_is_counted(made, done, figures):
    assert figures["coils"].value == len(done) >= 40
    every = figures_of(made.flow, 0.0)
    assert every["coils"].value == len(made.flow.tally.finished)


def test_defects_are_counted_by_cause(done, figures):
    figure = figures["defect_share"]
    assert set(figure.by["cause"]) == set(DEFECTS)
    assert figure.value == pytest.approx(100.0 * sum(bool(f.coil.defects) for f in done) / len(done))
    assert max(figure.by["cause"].values()) <= figure.value <= sum(figure.by["cause"].values()) + 1e-9


def test_off_grade_tonnes_are_shared_out_by_family_and_grade(made):
    figure = figures_of(made.flow, 0.0)["off_grade_share"]
    tonnes = {}
    for f in made.flow.tally.finished:
        tonnes[f.coil.grade.key] = tonnes.get(f.coil.grade.key, 0.0) + f.coil.mass_t
    total = sum(tonnes.values())
    assert figure.value == pytest.approx(sum(figure.by["grade"][g] * t for g, t in tonnes.items()) / total)
    assert set(figure.by["grade"]) <= set(GRADES)
    assert 0.0 <= figure.value <= 100.0


def test_losses_are_the_true_ones_beside_their_limits(done, figures):
    p1550 = figures["p1550"]
    for grade, mean in p1550.by["grade"].items():
        own = [f.coil.loss_w_kg for f in done if f.coil.grade.key == grade]
        assert mean == pytest.approx(sum(own) / len(own))
        assert p1550.by["grade_limit"][grade] == GRADES[grade].loss_limit_w_kg
    assert figures["p1550_sd"].by["grade"].keys() == p1550.by["grade"].keys()


def test_no_more_is_prime_than_the_line_made(made, done, figures):
    tonnes = sum(f.coil.mass_t for f in done)
    hours = manned_h(made.flow, made.flow.now_h - RUN_IN_H)
    assert 0.0 < figures["prime_t_per_h"].value <= tonnes / hours
    assert hours < made.flow.now_h - RUN_IN_H


def test_stock_is_the_floors_mean_in_days(figures):
    stock = figures["stock_days"]
    assert set(stock.by["place"]) == set(PLACES)
    assert sum(stock.by["place"].values()) == pytest.approx(stock.value)
    assert all(days >= 0.0 for days in stock.by["place"].values())


def test_a_downgrade_costs_and_a_yield_is_below_all(figures):
    assert figures["downgrade_eur_per_t"].value >= 0.0
    assert 60.0 < figures["metal_yield"].value < 100.0


def test_lead_times_are_in_order(made):
    figures = figures_of(made.flow, 0.0)
    assert 0.0 < figures["lead_time_p50_d"].value <= figures["lead_time_p90_d"].value
    assert 0.0 <= figures["on_time_share"].value <= 100.0
    assert figures["orders_shipped"].value == len(made.flow.tally.shipped)
