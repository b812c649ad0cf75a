import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_DAY, NS_PER_H
from pilothouse.decision.view import Snapshot
from pilothouse.packs.steel.cards import cards_of
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Limit

from .conftest import HEATS, PARAMETERS

NOW = (HEATS + 20) * NS_PER_DAY


@pytest.fixture(scope="module")
def plant(world):
    equipment = {
        "works": Equipment(key="works", level="site", name="Works"),
        "shop": Equipment(key="shop", level="area", name="Shop", parent="works"),
        "mill": Equipment(key="mill", level="work_center", name="Mill", parent="shop"),
    }
    limited = replace(world.plant.parameters["tester"], limit=Limit(high=9.0, source="contract"))
    ranged = replace(world.plant.parameters["c_ppm"], low=0.0, high=40.0)
    never = replace(world.plant.parameters["band"], key="never")
    parameters = {**world.plant.parameters, "tester": limited, "c_ppm": ranged, "never": never}
    return replace(world.plant, equipment=equipment, parameters=parameters)


@pytest.fixture(scope="module")
def told(world, plant):
    return cards_of(world.whole(NOW), plant, world.scenario.test, {"si": "Ana"})


@pytest.fixture(scope="module")
def by_key(told):
    return {card.parameter.key: card for card in told.cards}


def test_every_parameter_has_a_card_in_the_order_of_its_declaration(told, plant):
    assert [card.parameter.key for card in told.cards] == list(plant.parameters)


def test_one_that_was_never_recorded_says_so(by_key):
    card = by_key["never"]
    assert card.live is None
    assert card.not_expected == card.not_critical == "nothing is recorded"


def test_the_live_value_has_both_times_and_its_age(by_key, world):
    live, coil = by_key["loss"].live, f"C{HEATS - 1}-5"
    assert (live.piece, live.value) == (coil, world.truth[coil])
    assert live.known_ns == world.tested_ns[coil]
    assert live.age_ns == NOW - live.happened_ns
    assert live.known_ns - live.happened_ns == 20 * NS_PER_H


def test_the_owner_is_who_the_equipment_belongs_to_unless_declared(by_key):
    assert by_key["tester"].owner == ("Mill", "Shop")
    assert by_key["si"].owner == ("Ana",)


@pytest.fixture(scope="module")
def doubled(world, plant):
    """A tester that shows nothing but nitrogen."""
    seen = world.whole(NOW)
    line = seen.frames["line"].with_columns(tester=1.0 + 0.1 * pl.col("n_ppm"))
    twin = Snapshot(as_of_ns=NOW, upto=1, frames={**seen.frames, "line": line}, origins=seen.origins)
    return cards_of(twin, plant, world.scenario.test, {}).cards


def test_what_the_others_tell_is_expected_and_chance_is_not(doubled):
    by_key = {card.parameter.key: card for card in doubled}
    tester = by_key["tester"]
    assert tester.soft_sensor.explained > 0.8
    assert tester.soft_sensor.expected == pytest.approx(tester.live.value, abs=0.1)
    assert by_key["c_ppm"].soft_sensor is None
    assert by_key["c_ppm"].not_expected.startswith("not expected from others")


def test_capability_is_within_like_products_against_what_is_declared(by_key):
    tester, carbon = by_key["tester"], by_key["c_ppm"]
    assert tester.against == "limit"
    assert np.isnan(tester.capability.cp)
    assert carbon.against == "range"
    assert carbon.capability.cp == pytest.approx(40.0 / (6 * 2.0), rel=0.1)
    assert carbon.capability.cp_low < carbon.capability.cp < carbon.capability.cp_high
    assert by_key["si"].capability is None


def test_what_makes_the_loss_is_critical_and_the_rest_is_not(by_key):
    grain = by_key["grain_um"].criticality
    assert grain.shown
    assert grain.effect < 0.0
    assert not by_key["ti_ppm"].criticality.shown or by_key["ti_ppm"].criticality.effect > 0.0
    assert by_key["band"].not_critical.startswith("none shown")
    assert by_key["loss"].not_critical == "it is the result"


def test_a_drift_is_told_with_its_day(world, plant):
    seen = world.whole(NOW)
    late = pl.when(pl.col("start_ns") > 80 * NS_PER_DAY).then(12.0).otherwise(0.0)
    line = seen.frames["line"].with_columns(pl.col("c_ppm") + late)
    drifted = Snapshot(as_of_ns=NOW, upto=1, frames={**seen.frames, "line": line}, origins=seen.origins)
    found = {card.parameter.key: card.drift for card in cards_of(drifted, plant, world.scenario.test, {}).cards}
    assert found["c_ppm"].side == "above"
    assert abs(found["c_ppm"].since_ns - 80 * NS_PER_DAY) < 4 * NS_PER_DAY
    assert found["o_ppm"].side == "steady"


def test_units_are_watched(told):
    assert {unit.unit for unit in told.units} == {"steel", "hot", "line", "test"}
    [line] = [unit for unit in told.units if unit.unit == "line"]
    assert line.parameters == 6
    assert 0.0 <= line.state.alarms < 0.2
    assert line.state.of_spe[0][0] in PARAMETERS


def test_without_a_virtual_test_nothing_is_critical(world, plant):
    cards = cards_of(world.whole(NOW), plant, None, {}).cards
    assert {card.not_critical for card in cards} == {"no virtual test is declared", "nothing is recorded"}


def test_cards_are_json(doubled):
    text = json.dumps([card.as_json() for card in doubled], allow_nan=False)
    assert '"explained"' in text
