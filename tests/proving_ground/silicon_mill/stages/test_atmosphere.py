import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.silicon_mill.stages.atmosphere import (
    decarburising_s,
    dew_point,
    steam_share,
    surface_loss_w_kg,
)


@given(degc=st.floats(-60.0, 60.0))
def test_a_dew_point_and_its_steam_belong_together(degc):
    assert dew_point(steam_share(degc)) == pytest.approx(degc, abs=1e-9)


def test_carbon_leaves_half_a_millimetre_in_two_minutes():
    assert decarburising_s(830.0, 0.50) == pytest.approx(122.0, abs=1.0)
    assert 43.0 < decarburising_s(830.0, 0.30) < decarburising_s(830.0, 0.35) < 61.0
    assert decarburising_s(900.0, 0.35) < decarburising_s(830.0, 0.35)


def test_the_surface_suffers_over_980_degc_and_more_in_clean_steel():
    assert surface_loss_w_kg(980.0, 3.0) == 0.0
    assert surface_loss_w_kg(1030.0, 8.0) == pytest.approx(0.11)
    assert surface_loss_w_kg(1030.0, 4.0) > surface_loss_w_kg(1030.0, 20.0)
