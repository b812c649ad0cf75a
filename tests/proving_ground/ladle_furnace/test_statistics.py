"""The generated heats against the documented figures of docs/proving-ground/ladle-furnace.md."""

import numpy as np
import polars as pl
import pytest

from proving_ground.ladle_furnace import family

HEATS = 1200


@pytest.fixture(scope="module", params=[0, 1, 5])
def run(request, tmp_path_factory):
    plant = family.build(seed=20 + request.param, plant_variation=request.param)
    plant.run(HEATS)
    folder = tmp_path_factory.mktemp("history")
    plant.write_history(folder)
    frames = {path.stem: pl.read_csv(path, infer_schema_length=None, try_parse_dates=True) for path in folder.iterdir()}
    return plant, frames


def credible(frames):
    return frames["data_temp"].filter(pl.col("Temperature") >= 1450.0)


def test_readings_per_heat(run):
    counts = credible(run[1]).group_by("heat").len()["len"]
    assert 4.0 < counts.mean() < 6.5
    assert counts.quantile(0.95) <= 11
    assert 0 < (counts == 1).sum() < 0.02 * HEATS


def test_temperature_levels(run):
    by_heat = credible(run[1]).group_by("heat", maintain_order=True)
    first = by_heat.agg(pl.col("Temperature").first())["Temperature"]
    last = by_heat.agg(pl.col("Temperature").last())["Temperature"]
    assert 1575.0 < first.mean() < 1600.0
    assert 19.0 < first.std() < 29.0
    assert 1590.0 < last.mean() < 1602.0
    assert 11.0 < last.std() < 19.0
    assert 0.3 < np.corrcoef(last[1:], last[:-1])[0, 1] < 0.75


def test_energy_stands_for_duration_and_arcs_are_short(run):
    arcs = run[1]["data_arc"].filter(pl.col("Reactive energy") >= 0.0)
    seconds = (arcs["Heating end"] - arcs["Heating start"]).dt.total_seconds()
    assert np.corrcoef(seconds, arcs["Active energy"])[0, 1] > 0.93
    assert 100.0 < seconds.median() < 220.0
    assert 3.5 < arcs.height / arcs["heat"].n_unique() < 7.0
    assert 0.65 < (arcs["Reactive energy"] / arcs["Active energy"]).median() < 0.82


def test_faults_and_missing_rows_are_there(run):
    plant, frames = run
    assert 1 <= (frames["data_arc"]["Reactive energy"] < 0.0).sum() <= 2
    heats = len(plant.outcomes())
    assert 0.0 < 1.0 - frames["data_temp"]["heat"].n_unique() / heats < 0.02
    assert 0.005 < 1.0 - frames["data_bulk"]["heat"].n_unique() / heats < 0.06
    faulty = (frames["data_temp"]["Temperature"] < 1450.0).sum()
    assert faulty < 0.003 * frames["data_temp"].height


def test_additions_are_sparse_as_in_a_real_shop(run):
    bulk, wire = run[1]["data_bulk"], run[1]["data_wire"]
    shares = {c: bulk[c].count() / HEATS for c in bulk.columns if c != "heat"}
    assert 0.7 < shares["Bulk 10"] < 0.8
    assert 0.8 < shares["Bulk 11"] < 0.9
    assert 0.3 < shares["Bulk 3"] < 0.5
    assert shares["Bulk 2"] < 0.02
    assert wire["Wire 5"].count() == 0
    assert wire["Wire 1"].count() / HEATS > 0.88


def test_usual_practice_is_competent(run):
    figures = run[0].figures()
    assert 80.0 < figures["temperature_hit_rate"].value < 95.0
    assert figures["overheated_share"].value < 15.0
    assert max(abs(o.final_degc - o.heat.aim_degc) for o in run[0].outcomes()) < 30.0
    assert max(degc for _, _, degc, _ in run[0].records().readings) < 1700.0
    assert 0.0 < figures["mean_final_deviation"].value < 4.0
    assert 2500.0 < figures["energy_per_heat"].value < 5000.0


def test_a_linear_model_errs_as_on_a_real_furnace(run):
    """At arrival 4.3-7.5 K and before the last reading 1.6-3.2 K (real: 6.5 and 2.3): not kinder by much."""
    errors = {}
    for task in ("arrival", "before"):
        x, y = _task(run[0].records(), task)
        cut = int(0.8 * len(y))
        centre, scale = x[:cut].mean(axis=0), x[:cut].std(axis=0) + 1e-9
        table = np.column_stack([np.ones(len(y)), (x - centre) / scale])
        fitted = np.linalg.lstsq(table[:cut], y[:cut], rcond=None)[0]
        errors[task] = np.abs(table[cut:] @ fitted - y[cut:]).mean()
    assert 4.3 < errors["arrival"] < 7.5
    assert 1.6 < errors["before"] < 3.2


def _task(records, task):
    """First (or last but one) reading, minutes, kWh and kg until the last, and the last reading."""
    readings, arcs, added = {}, {}, {}
    for heat, at, degc, _ in records.readings:
        if degc >= 1450.0:
            readings.setdefault(heat, []).append((at, degc))
    for heat, start, _, kwh, _ in records.arcs:
        arcs.setdefault(heat, []).append((start, kwh))
    for heat, _, at, kg in records.additions:
        added.setdefault(heat, []).append((at, kg))
    rows, targets = [], []
    for heat, seen in readings.items():
        if len(seen) > 1:
            at, degc = seen[0] if task == "arrival" else seen[-2]
            end, last = seen[-1]
            kwh = sum(v for t, v in arcs.get(heat, ()) if at <= t < end)
            kg = sum(v for t, v in added.get(heat, ()) if at <= t < end)
            rows.append((degc, end - at, kwh, kg))
            targets.append(last)
    return np.array(rows), np.array(targets)
