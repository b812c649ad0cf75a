"""A view's genealogy is that of its instant: what became known later is not in it, whenever it was imported."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.decision.view import Read, Snapshot, View
from pilothouse.historian.parquet import ParquetHistorian
from pilothouse.plant.material import Origin
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.testing.historian import origins, rows

PLANT = Plant(
    key="plant",
    name="Plant",
    time_zone="UTC",
    currency="EUR",
    equipment={},
    parameters={"t": Parameter(key="t", name="t", kind="mass", unit="kg", role="measured", equipment="u")},
    materials={},
    segments={},
    orders={},
    kpis={},
)
READS = (Read(parameters=("t",)), Read(parameters=(), genealogy=True))
CHAIN = (("coil", "slab", 0.0, 9.0, 7), ("slab", "heat", 0.0, 9.0, 3), ("other", "slab", 9.0, 12.0, 7))


@pytest.fixture
def historian(tmp_path: Path):
    with ParquetHistorian(tmp_path, clock=lambda: 100) as opened:
        yield opened


def view(historian: ParquetHistorian, as_of_ns: int, upto: int | None = None) -> View:
    upto = historian.info().sequence if upto is None else upto
    return View(plant=PLANT, recorded=historian, as_of_ns=as_of_ns, upto=upto)


def test_a_snapshot_that_declares_it_has_the_genealogy(historian):
    historian.write_genealogy(origins(*CHAIN))
    seen = view(historian, 7).snapshot(READS)
    assert seen.lineage(["coil", "stranger"]).rows() == [("coil", "heat", 2), ("coil", "slab", 1)]
    assert seen.genealogy.parents("coil") == (Origin(child="coil", parent="slab", start=0.0, end=9.0),)
    assert [origin.child for origin in seen.genealogy.children("slab")] == ["coil", "other"]


def test_a_snapshot_that_does_not_declare_it_has_none(historian):
    historian.write_genealogy(origins(*CHAIN))
    seen = view(historian, 7).snapshot(READS[:1])
    for ask in (lambda: seen.genealogy, lambda: seen.lineage(["coil"])):
        with pytest.raises(ValueError, match=r"declare it with Read\(..., genealogy=True\)"):
            ask()


def test_an_origin_known_later_is_not_seen_also_after_it_was_imported(historian):
    historian.write_genealogy(origins(CHAIN[1]))
    early = view(historian, 6).snapshot(READS)
    historian.write_genealogy(origins(CHAIN[0]))
    again = view(historian, 6).snapshot(READS)
    assert again.fingerprint() == early.fingerprint()
    assert again.lineage(["coil"]).is_empty()
    assert view(historian, 7).snapshot(READS).lineage(["coil"]).height == 2


def test_what_was_imported_late_is_seen_in_a_replay_but_not_up_to_the_old_number(historian):
    historian.write("u", rows({"t": 1.0}))
    upto = historian.info().sequence
    then = view(historian, 9, upto).snapshot(READS)
    historian.write_genealogy(origins(*CHAIN))
    assert view(historian, 9, upto).snapshot(READS).fingerprint() == then.fingerprint()
    assert view(historian, 9).snapshot(READS).lineage(["coil"]).height == 2


def test_a_corrected_parent_is_the_old_one_before_the_correction(historian):
    historian.write_genealogy(origins(*CHAIN))
    historian.write_genealogy(origins(("coil", "slab-2", 0.0, 9.0, 7)))
    assert view(historian, 99).snapshot(READS).lineage(["coil"])["ancestor"].to_list() == ["heat", "slab"]
    assert view(historian, 100).snapshot(READS).lineage(["coil"])["ancestor"].to_list() == ["slab-2"]


def test_pieces_bring_what_they_came_of(historian):
    """A coil without its slab and heat would say nothing of them."""
    historian.write_genealogy(origins(*CHAIN, ("stranger", "heat-2", 0.0, 1.0, 3)))
    pieces = ("coil", "slab", "heat", "other", "stranger", "heat-2")
    historian.write("u", rows(*({"piece": piece, "t": 1.0} for piece in pieces)))
    seen = view(historian, 7).snapshot(READS, pieces=["coil"])
    assert set(seen.observations("t")["piece"]) == {"coil", "slab", "heat"}
    assert set(seen.genealogy.origins) == {
        Origin(child="coil", parent="slab", start=0.0, end=9.0),
        Origin(child="slab", parent="heat", start=0.0, end=9.0),
    }
    without = view(historian, 7).snapshot(READS[:1], pieces=["coil"])
    assert set(without.observations("t")["piece"]) == {"coil"}


GOLDEN = "7a337fed530fa404043559516a897b172eaae1201448198350b1bf89714c9476"


def test_the_fingerprint_covers_it():
    without = Snapshot(as_of_ns=9, upto=1, frames={})
    prints = {
        Snapshot(as_of_ns=9, upto=1, frames={}, origins=told).fingerprint()
        for told in (
            origins(),
            origins(CHAIN[0]),
            origins(CHAIN[1]),
            origins(*CHAIN),
            origins((*CHAIN[0][:4], 8)),
            origins(("coils", "lab", *CHAIN[0][2:])),
            origins(("coil", "slab", 0.0, 9.5, 7)),
        )
    }
    assert len(prints | {without.fingerprint()}) == 8
    golden = Snapshot(as_of_ns=9, upto=1, frames={}, origins=origins(*CHAIN)).fingerprint()
    assert golden == GOLDEN, "it must never change, for the ledger keeps it"


piece = st.sampled_from("abcd")
origin = st.tuples(piece, piece, st.just(0.0), st.sampled_from([1.0, 2.0]), st.integers(0, 12))
writes = st.lists(st.lists(origin.filter(lambda one: one[0] != one[1]), min_size=1, max_size=4), min_size=1, max_size=4)


@settings(deadline=None, max_examples=40)
@given(early=writes, late=writes, as_of_ns=st.integers(0, 12))
def test_an_old_question_finds_its_old_answer_and_nothing_known_later(early, late, as_of_ns):
    with TemporaryDirectory() as folder, ParquetHistorian(Path(folder), clock=lambda: 6) as historian:
        for told in early:
            historian.write_genealogy(origins(*told))
        upto = historian.info().sequence
        before = view(historian, as_of_ns, upto).snapshot(READS)
        for told in late:
            historian.write_genealogy(origins(*told))
        after = view(historian, as_of_ns, upto).snapshot(READS)
        assert after.fingerprint() == before.fingerprint()
        assert before.origins.filter(pl.col("known_ns") > as_of_ns).is_empty()
