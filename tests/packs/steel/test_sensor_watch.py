"""A sensor on a small line: what is known of each piece is laid beside it, and the evidence is told in words."""

import numpy as np
import polars as pl
import pytest

from pilothouse.clock import NS_PER_H
from pilothouse.decision.view import Snapshot
from pilothouse.errors import DataError
from pilothouse.packs.steel.sensor_declaration import Cause, Effect, SensorWatch
from pilothouse.packs.steel.sensor_watch import look, pieces_shown
from pilothouse.plant.frame import BAD, UNCERTAIN

N = 1_200
WATCH = SensorWatch(
    key="pyrometer",
    title="Pyrometer",
    sensor="pyrometer",
    unit="K",
    matters=7.0,
    causes=(Cause(key="zones", title="zones", looks_at=("zone",)),),
    effects=(Effect(key="grain", title="grain size", result="grain", given=("silicon",)),),
)


def snapshot(drift=0.0, *, pieces=N, as_of=None):
    """A coil an hour; its heat's silicon is told of the heat, its grain two hours later."""
    rng = np.random.default_rng(5)
    at = np.arange(pieces) * NS_PER_H
    off = np.where(np.arange(pieces) >= pieces - 70, drift, 0.0)
    strip = rng.normal(900.0, 25.0, pieces)
    silicon = rng.normal(3.0, 0.1, pieces // 10 + 1)
    coils, heats = [f"C{k}" for k in range(pieces)], [f"H{k}" for k in range(pieces // 10 + 1)]
    grain = np.exp(0.006 * strip - 0.2 * silicon[np.arange(pieces) // 10] + rng.normal(0.0, 0.05, pieces))
    key = {"origin": "simulated"}
    line = pl.DataFrame(
        {
            "piece": coils,
            "start_ns": at,
            "end_ns": at,
            "known_ns": at,
            "pyrometer": strip + off + rng.normal(size=pieces),
        }
    ).with_columns(pl.lit("simulated").alias("origin"), pl.Series("zone", strip + rng.normal(0.0, 2.0, pieces)))
    lab = pl.DataFrame({"piece": coils, "start_ns": at, "end_ns": at, "known_ns": at + 2 * NS_PER_H, "grain": grain})
    steel = pl.DataFrame({"piece": heats, "silicon": silicon}).with_columns(start_ns=0, end_ns=0, known_ns=0)
    origins = pl.DataFrame({"child": coils, "parent": [heats[k // 10] for k in range(pieces)]}).with_columns(
        start_m=pl.lit(0.0), end_m=pl.lit(1.0), known_ns=pl.lit(0, dtype=pl.Int64)
    )
    frames = {"line": line, "lab": lab.with_columns(pl.lit(key["origin"]).alias("origin")), "steel": steel}
    frames["steel"] = steel.with_columns(pl.lit("simulated").alias("origin"))
    now = int(at[-1]) if as_of is None else as_of
    known = {unit: frame.filter(pl.col("known_ns") <= now) for unit, frame in frames.items()}
    return Snapshot(as_of_ns=now, upto=1, frames=known, origins=origins)


def test_a_drift_is_named_with_its_evidence_in_words():
    report = look(snapshot(15.0), WATCH)
    assert report.finding.ruling == "sensor"
    first, *evidence = report.words
    assert first.startswith("sensor fault: Pyrometer shows 1")
    assert "K more" in first
    assert [line.split(":")[0] for line in evidence] == ["zones", "grain size"]


def test_a_quiet_sensor_is_quiet():
    assert look(snapshot(), WATCH).words[0].startswith("quiet")


def test_the_heat_of_a_coil_lies_beside_it():
    table = pieces_shown(snapshot(), WATCH)
    assert table["piece"].to_list() == [f"C{k}" for k in range(N)]
    assert table["silicon"].null_count() == 0
    assert table["silicon"][10] == table["silicon"][19] != table["silicon"][20]
    assert table["grain"].null_count() == 2


@pytest.mark.parametrize("status", [UNCERTAIN, BAD])
def test_values_that_are_not_good_are_no_evidence(status):
    seen = snapshot()
    marked = pl.when(pl.col("piece") == "C7").then(status).otherwise(0).cast(pl.UInt8)
    line = seen.frames["line"].with_columns(marked.alias("pyrometer#"))
    table = pieces_shown(Snapshot(as_of_ns=seen.as_of_ns, upto=1, frames={**seen.frames, "line": line}), WATCH)
    assert "C7" not in table["piece"].to_list()
    assert table["silicon"].null_count() == table.height  # without genealogy no heat is known


def test_an_effect_that_nobody_told_is_left_out():
    seen = snapshot(15.0)
    frames = {unit: frame for unit, frame in seen.frames.items() if unit != "lab"}
    report = look(Snapshot(as_of_ns=seen.as_of_ns, upto=1, frames=frames, origins=seen.origins), WATCH)
    assert report.finding.ruling == "unclear"
    assert [gap.key for gap in report.finding.gaps] == ["zones"]


def test_too_few_pieces_are_refused():
    with pytest.raises(DataError, match="expected at least"):
        look(snapshot(pieces=300), WATCH)
