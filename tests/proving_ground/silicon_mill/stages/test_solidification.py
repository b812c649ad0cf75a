"""Freezing and mixing: known answers."""

import pytest

from proving_ground.silicon_mill.piece import Steel
from proving_ground.silicon_mill.stages.solidification import crater_m, enrichment, liquidus_degc, old_share


def test_three_per_cent_silicon_freezes_at_about_1500() -> None:
    steel = Steel(c_ppm=20, si=3.0, mn=0.0, p=0.0, s_ppm=0.0)
    assert liquidus_degc(steel) == pytest.approx(1501.0, abs=0.5)


def test_the_crater_is_21_m_long() -> None:
    assert crater_m(1.1, 220.0, 25.0) == pytest.approx(21.3, abs=0.05)


def test_nothing_is_enriched_before_freezing_and_sulphur_most_after() -> None:
    assert enrichment(0.19, 0.0) == 1.0
    assert enrichment(0.05, 0.8) > enrichment(0.19, 0.8) > enrichment(0.77, 0.8) > 1.0


def test_a_tundish_of_new_steel_leaves_a_third_of_old() -> None:
    assert old_share(50.0 - 1e-3, 50.0 + 1e-3, 50.0) == pytest.approx(0.368, abs=5e-4)
