"""The list of 1,080: the same in the mill, its instruments and the plant folder."""

from collections import Counter

import pytest

from pilothouse.hub.workspace import open_workspace
from pilothouse.units import is_unit_of, kind_of
from proving_ground.silicon_mill.parameters import FOLDER, UNITS, of_unit, parameters

OF_UNIT = {
    "HMD": 36,
    "BOF": 120,
    "RH": 90,
    "CC": 150,
    "REHEAT": 84,
    "HSM": 204,
    "APL": 72,
    "CRM": 132,
    "FAL": 144,
    "COAT": 24,
    "SLIT": 12,
    "TEST": 12,
}
"""The domain page, A0: groups times elements times quantities."""


@pytest.fixture(scope="module")
def folder():
    return open_workspace(FOLDER).plant.parameters


def test_there_are_1080_and_each_unit_has_its_share():
    assert len(parameters()) == 1080
    assert {unit: len(of_unit(unit)) for unit in UNITS} == OF_UNIT
    assert [p.key for unit in UNITS for p in of_unit(unit)] == list(parameters())


def test_roles_are_shared_out_as_the_domain_page_says():
    counted = Counter(p.role for p in parameters().values())
    assert sum(p.is_set for p in parameters().values()) == 429
    assert (counted["measured"], counted["laboratory"], counted["soft"]) == (449, 103, 99)


def test_a_lever_is_worked_out_for_each_piece_and_a_set_point_stands(works):
    """Whether a practice gives it, or what stands for weeks."""
    given, shop = set(), works()

    def note(segment, piece, _points):
        given.update(shop.practice.set_points(segment, piece, 0.0))
        return {}

    for number, grade in enumerate(("M250-35A", "M800-50A")):
        shop.send(shop.heat(number, grade, change=note)[1][2], upto="slitting", change=note)
    assert {p.key for p in parameters().values() if p.role == "lever"} == given


def test_keys_roles_and_ranges_are_those_of_the_plant_folder(folder):
    assert list(folder) == list(parameters())
    for key, p in parameters().items():
        assert (folder[key].role, folder[key].low, folder[key].high) == (p.role, p.low, p.high)


def test_units_measure_the_declared_kind_and_few_are_strange(folder):
    assert all(is_unit_of(p.unit, p.kind) for p in folder.values())
    strange = [key for key, p in folder.items() if kind_of(p.unit) is None]
    assert len(strange) < 25
    assert all(folder[key].kind == "opaque" for key in strange)


def test_every_parameter_stands_at_the_equipment_of_its_unit(folder):
    assert all(folder[p.key].equipment == p.unit.lower() for p in parameters().values())


def test_usual_values_lie_in_the_range_and_noise_is_small_beside_it():
    for p in parameters().values():
        assert p.low <= p.usual <= p.high, p.key
        assert p.low < p.high, p.key
        assert 0.0 <= p.noise_sd < 0.2 * (p.high - p.low), p.key


def test_the_laboratory_and_it_alone_takes_time():
    assert all((p.delay_h > 0.0) == (p.role == "laboratory") for p in parameters().values())
    assert max(p.delay_h for p in parameters().values()) <= 24.0
