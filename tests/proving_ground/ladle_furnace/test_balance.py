from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proving_ground.ladle_furnace.balance import Ladle, State, advance, chill, enthalpy_kwh

LADLE = Ladle(
    bath_kwh_per_k=25.0,
    lining_kwh_per_k=4.0,
    shell_kw_per_k=5.0,
    outer_kw_per_k=0.5,
    surface_kw=400.0,
    stir_kw_per_nm3_min=900.0,
    efficiency=0.5,
    mixing_min=2.5,
    arc_to_surface=0.05,
)

minutes = st.floats(0.1, 90.0)
powers = st.floats(0.0, 16_000.0)
ladles = st.builds(
    replace,
    st.just(LADLE),
    shell_kw_per_k=st.floats(3.0, 8.0),
    surface_kw=st.floats(100.0, 900.0),
    efficiency=st.floats(0.3, 0.7),
)


def fresh(bath=1600.0, lining=1300.0):
    return State(bath_degc=bath, lining_degc=lining, unmixed_k=0.0, lost_kwh=0.0)


@given(ladle=ladles, minutes=minutes, arc_kw=powers, foam=st.floats(0.7, 1.3), kwh=st.floats(-100.0, 300.0))
def test_heat_is_neither_made_nor_lost(ladle, minutes, arc_kw, foam, kwh):
    state = fresh()
    before = enthalpy_kwh(state, ladle)
    advance(state, ladle, minutes, arc_kw=arc_kw, foam=foam, gas_nm3_min=0.3)
    chill(state, ladle, kwh)
    brought = arc_kw * foam * ladle.efficiency * minutes / 60.0
    assert enthalpy_kwh(state, ladle) - before == pytest.approx(brought, abs=1e-6)


@given(ladle=ladles, lining=st.floats(1000.0, 1420.0))
def test_without_heating_the_bath_only_cools(ladle, lining):
    state = fresh(lining=lining)
    for _ in range(60):
        before = state.bath_degc
        advance(state, ladle, 1.0)
        assert state.bath_degc < before


@given(ladle=ladles, minutes=minutes, low=powers, more=st.floats(100.0, 5000.0))
def test_more_energy_makes_it_hotter(ladle, minutes, low, more):
    less_heated, more_heated = fresh(), fresh()
    advance(less_heated, ladle, minutes, arc_kw=low)
    advance(more_heated, ladle, minutes, arc_kw=low + more)
    assert more_heated.bath_degc > less_heated.bath_degc


@given(minutes=minutes, wear=st.floats(0.05, 0.6))
def test_a_worn_ladle_loses_more(minutes, wear):
    new, worn = fresh(), fresh()
    advance(new, LADLE, minutes)
    advance(worn, replace(LADLE, shell_kw_per_k=LADLE.shell_kw_per_k * (1.0 + wear)), minutes)
    assert worn.bath_degc < new.bath_degc


def test_stirring_costs_heat():
    still, stirred = fresh(), fresh()
    advance(still, LADLE, 10.0)
    advance(stirred, LADLE, 10.0, gas_nm3_min=0.5)
    assert still.bath_degc - stirred.bath_degc == pytest.approx(900.0 * 0.5 * (10.0 / 60.0) / 25.0, rel=0.05)


def test_cooling_slows_while_the_lining_soaks():
    state = fresh()
    rates = []
    for _ in range(8):
        before = state.bath_degc
        advance(state, LADLE, 5.0)
        rates.append((before - state.bath_degc) / 5.0)
    assert rates == sorted(rates, reverse=True)
    assert 1.0 < rates[0] < 2.5


def test_the_hot_spot_under_the_arc_mixes_in():
    state = fresh()
    advance(state, LADLE, 3.0, arc_kw=13_000.0)
    hot = state.unmixed_k
    assert hot > 0.3
    advance(state, LADLE, 10.0)
    assert state.unmixed_k < 0.1 * hot


def test_many_ladles_at_once_are_each_alone():
    efficiencies = np.array([0.4, 0.5, 0.6])
    many = State(
        bath_degc=np.full(3, 1600.0), lining_degc=np.full(3, 1300.0), unmixed_k=np.zeros(3), lost_kwh=np.zeros(3)
    )
    advance(many, replace(LADLE, efficiency=efficiencies), 7.3, arc_kw=9000.0)
    for k, efficiency in enumerate(efficiencies):
        one = fresh()
        advance(one, replace(LADLE, efficiency=float(efficiency)), 7.3, arc_kw=9000.0)
        assert many.bath_degc[k] == pytest.approx(one.bath_degc, abs=1e-9)
