"""What the mill's computers keep; and that the hub takes in all of it."""

from collections import Counter, defaultdict
from functools import cache

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_H, NS_PER_S
from pilothouse.decision.view import Read
from pilothouse.hub.hub import Hub
from pilothouse.hub.proving_ground import FILES, write_workspace
from pilothouse.plant.frame import KEY_COLUMNS, parameters_of, status_column
from proving_ground.silicon_mill import family
from proving_ground.silicon_mill.parameters import UNITS, parameters
from proving_ground.silicon_mill.records import EPSTEIN_H, LABELLED_BY_HAND, START_NS, hours_of, instant_ns


@pytest.fixture(scope="module")
def records(mill):
    return mill().records


@pytest.fixture(scope="module")
def frames(records):
    return records.frames()


def test_instants_are_whole_seconds():
    assert instant_ns(0.0) == START_NS
    assert (instant_ns(12.345) - START_NS) % NS_PER_S == 0
    assert hours_of(instant_ns(100.25)) == 100.25


def test_every_parameter_is_recorded_once_and_no_other(frames):
    recorded = Counter(key for frame in frames.values() for key in parameters_of(frame))
    assert len(recorded) == 1080
    assert recorded.keys() == parameters().keys()
    assert set(recorded.values()) == {1}


def test_every_unit_has_its_table_and_the_laboratory_one_of_its_own(frames):
    assert {name.partition("_")[0] for name in frames} == {unit.lower() for unit in UNITS}
    for name, frame in frames.items():
        laboratory = {parameters()[key].role == "laboratory" for key in parameters_of(frame)}
        assert laboratory == {name.endswith("_lab")}
        assert {key.partition(".")[0].lower() for key in parameters_of(frame)} == {name.partition("_")[0]}


def test_frames_are_as_the_historian_wants_them(frames):
    for frame in frames.values():
        assert {c: frame.schema[c] for c in KEY_COLUMNS} == KEY_COLUMNS
        assert (frame["start_ns"] <= frame["end_ns"]).all()
        assert (frame["end_ns"] <= frame["known_ns"]).all()
        for key in parameters_of(frame):
            assert frame[status_column(key)].is_in([0, 1, 2]).all()
            assert frame[key].is_not_nan().all()
            assert frame[key].is_between(parameters()[key].low, parameters()[key].high).all()


def test_a_value_on_the_line_is_known_at_once_and_the_laboratory_takes_its_time(frames):
    for name, frame in frames.items():
        took_h = (frame["known_ns"] - frame["end_ns"]) / NS_PER_H
        if not name.endswith("_lab"):
            assert (took_h == 0.0).all()
            continue
        delays = [parameters()[key].delay_h for key in parameters_of(frame)]
        if name != "test_lab":
            assert took_h.min() >= 0.74 * min(delays)
            assert took_h.max() <= 1.26 * max(delays)


def test_the_test_of_the_finished_strip_is_told_after_8_to_24_hours(frames):
    took_h = (frames["test_lab"]["known_ns"] - frames["test_lab"]["end_ns"]) / NS_PER_H
    assert took_h.min() >= EPSTEIN_H[0] == 8.0
    assert took_h.max() <= EPSTEIN_H[1] == 24.0
    assert took_h.std() > 3.0


def test_few_values_are_missing_and_no_set_point_is(records):
    missing = of_measured = 0
    for row in records.rows:
        measured = ~_set(row.segment.unit)[row.places]
        missing += int(np.isnan(row.values[measured]).sum())
        of_measured += int(measured.sum())
        assert np.isfinite(row.values[~measured]).all()
    assert 0.003 < missing / of_measured < 0.012


@cache
def _set(unit):
    return np.array([p.is_set for p in parameters().values() if p.unit == unit])


def test_bad_and_uncertain_values_are_kept_as_such(frames):
    counted = Counter()
    for frame in frames.values():
        for key in parameters_of(frame):
            counted.update(frame.filter(frame[key].is_not_null())[status_column(key)].to_list())
    total = sum(counted.values())
    assert 0.0001 < counted[2] / total < 0.001
    assert 0 < counted[1] / total < 0.05


def test_an_instrument_is_stuck_now_and_then(frames):
    """Ten values in a row that do not change at all, strictly inside the range."""
    frame = frames["hsm"].sort("start_ns")
    stuck = []
    for key in parameters_of(frame):
        p = parameters()[key]
        values = frame[key].to_numpy()
        if p.is_set or not np.isfinite(values[:10]).any():
            continue
        still = (np.diff(values) == 0.0) & (values[1:] > p.low) & (values[1:] < p.high)
        if still.mean() < 0.2 and np.convolve(still, np.ones(9), "valid").max() >= 9:
            stuck.append(key)
    assert stuck


def test_a_few_laboratory_results_carry_a_neighbours_name(records):
    own, wrong, every = defaultdict(dict), Counter(), Counter()
    for row in records.rows:
        unit = row.segment.unit
        if not _laboratory(unit)[row.places[0]]:
            own[row.segment.key][row.start_h, row.end_h] = row.piece
            continue
        real = own[row.segment.key].get((row.start_h, row.end_h))
        if real is not None:
            every[unit] += 1
            wrong[unit] += real != row.piece
            assert real == row.piece or abs(int(real[-2:]) - int(row.piece[-2:])) == 1
    by_hand = [unit for unit in LABELLED_BY_HAND if every[unit]]
    assert by_hand
    share = sum(wrong[u] for u in by_hand) / sum(every[u] for u in by_hand)
    assert 0.001 < share < 0.006
    assert not any(wrong[unit] for unit in every if unit not in LABELLED_BY_HAND)


@cache
def _laboratory(unit):
    return np.array([p.role == "laboratory" for p in parameters().values() if p.unit == unit])


def test_readings_say_what_the_row_says(records):
    row = records.rows[-1]
    readings = list(row.readings())
    assert [r.value for r in readings] == row.values[~np.isnan(row.values)].tolist()
    assert {(r.happened_ns, r.known_ns) for r in readings} == {(instant_ns(row.end_h), instant_ns(row.known_h))}


# ---- the hub takes it in ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imported(young, tmp_path_factory):
    """A young mill's records, a hub that imported its files, and what the import told."""
    made = young()
    root = tmp_path_factory.mktemp("mill")
    write_workspace(family, made, root)
    with Hub.open(root) as hub:
        yield made.records.frames(hours_of(made.now_ns)), hub, hub.import_files(root / FILES)


def test_the_hub_takes_in_every_value_with_both_its_times_and_its_status(imported):
    frames, hub, report = imported
    assert report.failures == ()
    assert report.rejects == 0
    assert {one.mapping for one in report.mappings} == set(frames)
    for one in report.mappings:
        assert (one.rows_rejected, one.values_out_of_range, one.corrected, one.unchanged) == (0, 0, 0, 0)
        assert one.notes == ()
        assert one.rows == frames[one.mapping].height
    assert hub.historian.info().values == sum(
        frame[key].count() for frame in frames.values() for key in parameters_of(frame)
    )
    for name, frame in frames.items():
        keys = parameters_of(frame)
        scanned = hub.historian.scan(keys)[name.partition("_")[0]]
        for key in keys:
            assert _said(frame, key).equals(_said(scanned, key)), key


def _said(frame, key):
    """What a frame says of one parameter; where it has no statuses all are good."""
    times = ["piece", "start_ns", "end_ns", "known_ns"]
    status = pl.col(status_column(key)) if status_column(key) in frame.columns else pl.lit(0, dtype=pl.UInt8)
    said = frame.filter(pl.col(key).is_not_null()).select(*times, key, status.alias("status"))
    return said.sort(*times)


def test_the_same_files_again_change_nothing(imported):
    _, hub, report = imported
    again = hub.import_files(report.source)
    assert not again.changed
    assert again.rejects == 0


def test_the_hub_takes_in_who_came_of_whom(imported):
    """Every slit coil goes back to its heat, and no origin is known before anything was known of its child."""
    frames, hub, report = imported
    [told] = report.genealogies
    assert (told.rows, told.rows_rejected, told.corrected) == (told.new + told.rows_waiting, 0, 0)
    assert told.rows_waiting < 0.01 * told.rows, "few were cut so lately that nothing is known of them yet"
    seen = hub.view(hub.clock()).snapshot([Read(parameters=(), genealogy=True)])
    assert seen.genealogy.loop() == ()
    first = pl.concat(frame.select("piece", "known_ns") for frame in frames.values()).group_by("piece").min()
    known = seen.origins.join(first, left_on="child", right_on="piece", how="left")
    assert (known["known_ns"] == known["known_ns_right"]).all()
    slit = frames["slit"]["piece"].unique()
    lineage = seen.lineage(slit)
    assert lineage.height == 3 * slit.len()
    for generation, letter in enumerate("CSH", start=1):
        assert lineage.filter(pl.col("generation") == generation)["ancestor"].str.starts_with(letter).all()


def test_a_view_of_the_mill_sees_only_the_descent_of_what_was_there(imported):
    frames, hub, _ = imported
    cast_ns = int(frames["cc_slab"]["known_ns"].to_numpy().min())
    early, late = (
        hub.view(at).snapshot([Read(parameters=(), genealogy=True)]) for at in (cast_ns, cast_ns + 12 * NS_PER_H)
    )
    assert 0 < early.origins.height < late.origins.height
    assert late.origins["child"].str.starts_with("S").all(), "no coil is rolled yet"
    assert hub.view(cast_ns - 1).snapshot([Read(parameters=(), genealogy=True)]).origins.is_empty()


def test_no_file_tells_what_is_not_known_yet(young):
    made = young()
    told = made.records.frames(hours_of(made.now_ns))
    assert all((frame["known_ns"] <= made.now_ns).all() for frame in told.values())
    every = made.records.frames()
    for name, frame in told.items():
        assert frame.height == every[name].filter(pl.col("known_ns") <= made.now_ns).height
    assert sum(frame.height for frame in told.values()) < sum(frame.height for frame in every.values())


def test_orders_and_genealogy_are_written_beside_them(mill, tmp_path):
    made = mill()
    made.write_history(tmp_path)
    orders, origins = (pl.read_csv(tmp_path / f"{name}.csv") for name in ("orders", "genealogy"))
    assert orders.columns == ["order", "grade", "tonnes", "booked", "due"]
    assert orders.height == len(made.records.orders)
    assert origins.columns == ["child", "parent", "start_m", "end_m"]
    assert origins.height == len(made.records.origins)
    assert orders["order"].is_unique().all()
