"""Plots show every forecast, give the same bytes for the same input, and are left alone by the reader's settings."""

import re
import struct
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from pilothouse.decision.judged import Judged
from pilothouse.errors import StoreError
from pilothouse.hub.plots import (
    coverage_plot,
    errors_in_time,
    forecast_rows,
    histogram,
    picture,
    reliability_plot,
    scatter,
)

USES = "{http://www.w3.org/2000/svg}use"
TEXTS = "{http://www.w3.org/2000/svg}text"


@pytest.fixture(scope="module")
def task(made_up_proof, made_up):
    return made_up_proof(at_arrival=made_up()).tasks["at_arrival"]


def drawn(task, name="x") -> dict[str, str]:
    return {
        "scatter": scatter(task.judged, name),
        "histogram": histogram(task.judged, name),
        "in time": errors_in_time(task.judged, name, "Europe/Berlin"),
        "reliability": reliability_plot(task.reliability, name),
        "coverage": coverage_plot(task.in_time, name),
    }


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def words(svg: str) -> str:
    return " ".join(text.text or "" for text in parsed(svg).iter(TEXTS))


def judged_of(truth, value, half_width) -> Judged:
    n = len(truth)
    return Judged(
        subject=tuple(map(str, range(n))),
        anchor_ns=np.arange(n, dtype=np.int64) * 60_000_000_000,
        truth=truth,
        value=value,
        half_width={0.9: half_width},
        why_abstained={},
        drift=(),
        unit="MPa",
        tolerance=5.0,
        features=np.empty((0, 0)),
        names=(),
    )


def test_the_same_input_gives_the_same_bytes_whatever_the_readers_settings(task, tmp_path, made_up_proof, made_up):
    before = drawn(task)
    proof = made_up_proof(at_arrival=made_up())
    picture(proof, tmp_path / "one.png")
    with mpl.rc_context({"font.size": 30.0, "svg.hashsalt": None, "lines.linewidth": 9.0, "axes.facecolor": "red"}):
        assert drawn(task) == before
        picture(proof, tmp_path / "two.png")
        assert mpl.rcParams["font.size"] == 30.0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_a_drawing_is_one_svg_element_without_date_or_foreign_address(task):
    for svg in drawn(task).values():
        root = parsed(svg)
        assert root.tag.endswith("svg")
        assert root.get("viewBox")
        assert root.get("aria-label")
        assert root.get("height") is None
        assert "metadata" not in svg
        assert set(re.findall(r'https?://[^"\s<]*', svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }


def test_names_in_a_drawing_carry_its_own(task):
    for svg in drawn(task, "at-arrival").values():
        names = re.findall(r'\bid="([^"]*)"', svg)
        assert names
        assert all(name.startswith("at-arrival-") for name in names)
        assert {found[1:] for found in re.findall(r'href="([^"]*)"', svg)} <= set(names)


def test_every_forecast_is_drawn_and_nothing_abstained(task):
    svg = parsed(scatter(task.judged, "x"))
    colours = [use.get("style") or "" for use in svg.iter(USES)]
    dots = [style for style in colours if "#1f5f8b" in style or "#c8502b" in style]
    assert len(dots) == task.score.judged + 2  # and two in the legend


def test_hits_and_misses_are_counted_as_scored(task):
    hits = round(task.score.hit_rate * task.score.judged)
    assert f"within ±10 K: {hits}" in words(scatter(task.judged, "x"))
    inside = round(task.score.coverage * task.score.judged)
    said = words(errors_in_time(task.judged, "x", "UTC"))
    assert f"inside its interval: {inside}" in said
    assert f"outside: {task.score.judged - inside}" in said


def test_axes_carry_units_and_differences_of_degc_are_kelvin(task):
    said = words(scatter(task.judged, "x"))
    assert "forecast, °C" in said
    assert "truth, °C" in said
    assert "truth less forecast, K" in words(histogram(task.judged, "x"))
    assert "truth less forecast, K" in words(errors_in_time(task.judged, "x", "UTC"))


def test_time_is_the_plants(task):
    assert errors_in_time(task.judged, "x", "UTC") != errors_in_time(task.judged, "x", "Asia/Shanghai")


def test_many_forecasts_are_an_image_in_the_drawing(made_up_proof, made_up):
    many = made_up_proof(at_arrival=made_up(n=5000)).tasks["at_arrival"].judged
    for svg in (scatter(many, "x"), errors_in_time(many, "x", "UTC")):
        assert "data:image/png;base64," in svg
        assert len(svg) < 250_000


@settings(max_examples=12, deadline=None)
@given(
    some.arrays(np.float64, st.tuples(st.integers(0, 6), st.just(3)), elements=st.floats(-1e9, 1e9)),
    st.lists(st.sampled_from(["known", "abstained", "endless"]), min_size=6, max_size=6),
)
def test_any_forecasts_can_be_drawn(numbers, kinds):
    truth, value, half_width = numbers[:, 0], numbers[:, 1].copy(), np.abs(numbers[:, 2])
    for row, kind in enumerate(kinds[: len(truth)]):
        value[row] = np.nan if kind == "abstained" else value[row]
        half_width[row] = np.inf if kind == "endless" else half_width[row]
    judged = judged_of(truth, value, half_width)
    for svg in (scatter(judged, "x"), histogram(judged, "x"), errors_in_time(judged, "x", "UTC")):
        assert parsed(svg).tag.endswith("svg")


def test_forecast_rows_are_in_time_order_and_keep_what_belongs_together(task):
    rows = forecast_rows(task.judged)
    assert (np.diff(rows.anchor_ns) > 0).all()
    assert len(rows.subject) == task.score.judged
    whole = dict(zip(task.judged.subject, task.judged.truth, strict=True))
    assert [whole[subject] for subject in rows.subject] == rows.truth.tolist()
    assert len(rows.half_width[0.9]) == len(rows.subject)


def test_the_picture_has_its_size_and_no_date(made_up_proof, made_up, tmp_path):
    file = tmp_path / "deep" / "picture.png"
    picture(made_up_proof(at_arrival=made_up()), file)
    content = file.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (1400, 700)
    assert b"Software" not in content
    assert b"tEXt" not in content
    assert [p.name for p in file.parent.iterdir()] == ["picture.png"]


@pytest.mark.parametrize(
    "over",
    [{"n": 12, "abstained": 12}, {"n": 1, "abstained": 0}, {"tolerance": None, "endless": True}, {"unit": "$/t_{"}],
)
def test_hard_cases_have_a_picture_too(made_up_proof, made_up, tmp_path, over):
    title = "钢包 " + "a title that is far too long for one line " * 4
    picture(made_up_proof(title=title, at_arrival=made_up(**over)), tmp_path / "picture.png")
    content = (tmp_path / "picture.png").read_bytes()
    assert struct.unpack(">II", content[16:24]) == (1400, 700)


def test_a_picture_that_cannot_be_written_is_said_so(made_up_proof, made_up, tmp_path):
    (tmp_path / "taken").write_text("a file in its way")
    with pytest.raises(StoreError, match="the picture cannot be written"):
        picture(made_up_proof(at_arrival=made_up()), tmp_path / "taken" / "picture.png")
