from itertools import pairwise

import pytest

from proving_ground.silicon_mill.grades import GRADES
from proving_ground.silicon_mill.interlocks import why_not
from proving_ground.silicon_mill.recipes import BAND_MM, USUAL_ROWS, usual_table


@pytest.fixture(scope="module")
def table():
    return usual_table()


def test_every_grade_has_a_row(table):
    assert list(table) == list(GRADES) == list(USUAL_ROWS)


def test_the_richer_the_hotter_the_slower_and_the_cleaner(table):
    for mm in BAND_MM:
        ladder = [table[grade.key] for grade in GRADES.values() if grade.thickness_mm == mm]
        soaks = [row.annealing.soak_degc for row in ladder]
        speeds = [row.annealing.speed_m_min for row in ladder]
        assert all(after <= before + 5.0 for before, after in pairwise(soaks))
        assert speeds == sorted(speeds)
        assert [row.vacuum.flux_kg_t for row in ladder] == sorted((r.vacuum.flux_kg_t for r in ladder), reverse=True)
        assert [row.vacuum.low_ti_share for row in ladder] == sorted(
            (r.vacuum.low_ti_share for r in ladder), reverse=True
        )
        assert [row.desulphurisation.aim_s_ppm for row in ladder] == sorted(
            row.desulphurisation.aim_s_ppm for row in ladder
        )


def test_temperatures_are_usual_for_the_family(table):
    for key, grade in GRADES.items():
        row = table[key]
        assert 1080.0 <= row.reheating.discharge_degc <= 1180.0
        assert (row.normalising.strip_degc >= 850.0) == (grade.family != "low")
        low, high = {"high": (950.0, 1050.0), "middle": (880.0, 1020.0), "low": (760.0, 880.0)}[grade.family]
        assert low <= row.annealing.soak_degc <= high
        assert row.hot_mill.band_mm == BAND_MM[grade.thickness_mm]


def test_the_furnace_heats_what_the_table_asks(table):
    for key, row in table.items():
        assert row.annealing.speed_m_min * GRADES[key].thickness_mm <= 80.0


def test_the_cold_reduction_is_usual(table):
    for key, row in table.items():
        assert 0.70 <= 1.0 - GRADES[key].thickness_mm / row.hot_mill.band_mm <= 0.85


def test_every_set_point_that_follows_is_taken_by_its_unit(works):
    """Also by the interlocks: a table must not ask for what a command may not."""
    refused = {}

    def note(segment, piece, points):
        for key, value in points.items():
            if (reason := why_not(piece, key, value)) is not None:
                refused[segment.key, key, piece.grade.key] = reason
        assert set(segment.set_points) == set(points)
        return {}

    shop = works()
    for number, grade in enumerate(GRADES):
        _, slabs = shop.heat(number, grade, change=note)
        for slab in slabs[:2]:
            shop.send(slab, upto="slitting", change=note)
    assert refused == {}
