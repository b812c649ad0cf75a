"""The report says what the proof says, with unit and n, safely, in one file that needs nothing else."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from pilothouse.clock import parse_instant
from pilothouse.errors import StoreError
from pilothouse.hub.proving import PeerProof
from pilothouse.hub.report import number, standing, write_report
from pilothouse.methods.estimate.score import Span

WRITTEN_NS = parse_instant("2026-07-01T21:30:15Z")
VOID = {"meta", "br", "link", "img", "input", "hr"}
NASTY = "<script>alert('&\"')</script>"


class Page(HTMLParser):
    """A page as a browser takes it: its elements, names and visible text; refuses elements that do not nest."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(content)
        self.close()
        assert not self.open

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.elements if "id" in attributes]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def written(proof, folder: Path, **over) -> tuple[Path, Page]:
    about = {"plant_name": "Works North", "time_zone": "Europe/Berlin", "written_ns": WRITTEN_NS} | over
    path = write_report(proof, folder, **about)
    return path, Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def proof(made_up_proof, made_up):
    advice = made_up(n=200, questions=4, subject="piece-", abstained=0, peers=())
    return made_up_proof(at_arrival=made_up(), advice=advice)


@pytest.fixture(scope="module")
def page(proof, tmp_path_factory):
    return written(proof, tmp_path_factory.mktemp("report"))


def section(page: Page, start: str, end: str) -> str:
    assert start in page.text
    return page.text.split(start, 1)[1].split(end, 1)[0]


def test_it_is_named_by_scenario_and_the_plants_time(page):
    assert page[0].name == "prove-final-temperature-20260701-233015.html"
    assert [p.name for p in page[0].parent.iterdir()] == [page[0].name]


def test_it_needs_no_network_and_no_script(page):
    content = page[0].read_text(encoding="utf-8")
    assert not {tag for tag, _ in page[1].elements} & {"script", "link", "img", "iframe", "object", "embed"}
    assert "@import" not in content
    for _, attributes in page[1].elements:
        for name in ("src", "href", "xlink:href", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/png;base64,"))
    assert set(re.findall(r"url\(([^)]{2})", content)) <= {"#t"}
    assert page[0].stat().st_size < 1_500_000


def test_names_in_the_page_are_its_only_ones_and_links_find_them(page):
    ids = page[1].ids()
    assert len(ids) == len(set(ids))
    links = {str(a.get("href") or a.get("xlink:href")) for _, a in page[1].elements if "href" in a or "xlink:href" in a}
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_the_same_proof_gives_the_same_bytes(proof, page, tmp_path):
    again, _ = written(proof, tmp_path)
    assert again.read_bytes() == page[0].read_bytes()


def test_the_headline_gives_error_hits_and_coverage_with_units(proof, page):
    figures = proof.tasks["at_arrival"].score
    hits, coverage = f"{100 * figures.hit_rate:.1f} %", f"{100 * figures.coverage:.1f} %"
    assert (
        f"off by {figures.mae:.2f} K on average, lay within ±10 K of the truth in {hits} of the cases" in page[1].text
    )
    assert f"its 90 % interval held the truth in {coverage} of them (n = {figures.judged})" in page[1].text


def test_differences_of_degc_are_kelvin_and_temperatures_are_not(page):
    assert not re.search(r"[+−]\d+(\.\d+)? °C", page[1].text)
    assert re.search(r"1[56]\d\d\.\d °C", page[1].text)


def test_it_says_how_was_judged_and_what_is_not_shown(page):
    how = section(page[1], "What was judged, and how", "At arrival")
    for said in ("Forward in time", "120, in time order, in 2 blocks", "fedcba9876543210", "Europe/Berlin"):
        assert said in how
    assert "2026-03-02 07:00 +01:00" in how
    assert "recorded history cannot show what was not done: no worth is claimed here" in page[1].text.lower()


def test_the_advice_is_explained(page):
    assert "the advice's own forecasts, from every measurement, knowing only what the levers did afterwards" in (
        page[1].text
    )
    assert page[1].text.count("A piece was asked about more than once") == 1


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-1.5, -0.5, "better: the interval excludes zero"),
        (-1.5, 0.5, "not told apart: the interval includes zero"),
        (0.5, 1.5, "worse: the interval excludes zero"),
    ],
)
def test_it_says_in_words_whether_the_interval_excludes_zero(made_up_proof, made_up, tmp_path, low, high, said):
    proof = made_up_proof(at_arrival=made_up(n=30, abstained=0, peers=("mean",)))
    task = proof.tasks["at_arrival"]
    span = Span(value=(low + high) / 2, low=low, high=high, level=0.95)
    task = replace(task, peers={"mean": PeerProof(mae=6.0, difference=span)})
    _, page = written(replace(proof, tasks={"at_arrival": task}), tmp_path)
    others = {"better: the", "worse: the", "not told apart: the"} - {said.split(":")[0] + ": the"}
    assert said in page.text
    assert not [other for other in others if other in page.text]
    assert f"{number(low, 2, signed=True)} to {number(high, 2, 'K', signed=True)}" in page.text


def test_a_difference_that_touches_zero_is_not_told_apart():
    assert standing(Span(value=-0.5, low=-1.0, high=0.0, level=0.95)) == "not told apart"


def test_abstentions_are_counted_by_reason_and_listed(made_up_proof, made_up, tmp_path):
    _, page = written(made_up_proof(at_arrival=made_up(abstained=25)), tmp_path)
    listed = section(page, "Where it abstained", "furthest off")
    assert "25 of 120" in listed
    assert "bulk_5.sum.before … is above …, the most seen 25" in listed
    assert "bulk_5.sum.before 19 is above 0" in listed
    assert "bulk_5.sum.before 20 is above 0" not in listed
    assert "The first 20 in time order" in listed


def test_the_worst_ten_are_the_worst_and_in_order(proof, page):
    judged = proof.tasks["at_arrival"].judged
    off = np.abs(judged.truth - judged.value)
    worst = [judged.subject[row] for row in np.argsort(-np.nan_to_num(off))[:10]]
    listed = section(page[1], "The 10 furthest off", "Advice")
    assert re.findall(r"heat-\d+", listed) == worst


def test_the_width_stands_beside_lightgbms(proof, page):
    width = proof.tasks["at_arrival"].score.mean_width
    narrower = round(100 * (1 - width / 25.0))
    assert (
        f"needs intervals 25.00 K wide; ours are {width:.2f} K wide on average, {narrower} % narrower" in page[1].text
    )


def test_where_no_peer_answers_it_says_so(page):
    advice = section(page[1], "What is judged here", "What this does not show")
    assert "None stands beside it: no peer answers such questions." in advice
    assert "there is no plain LightGBM to stand beside them" in advice
    assert "plain LightGBM needs" not in advice


def test_drift_that_stands_is_told(page, made_up_proof, made_up, tmp_path):
    assert "no drift stood" in page[1].text
    _, drifted = written(made_up_proof(at_arrival=made_up(drift=("drift: errors moved by +4 K",))), tmp_path)
    assert "At the end of the span: drift: errors moved by +4 K" in drifted.text
    assert "no drift stood" not in drifted.text


def test_what_plants_write_is_escaped(made_up_proof, made_up, tmp_path):
    task = made_up(unit=f"{NASTY}$x$", peers=(NASTY,), subject=NASTY, reason=NASTY + "{}")
    proof = made_up_proof(title=NASTY, scenario="../" + NASTY, **{NASTY: task})
    path, page = written(proof, tmp_path / "reports", plant_name=NASTY)
    assert path.parent == tmp_path / "reports"
    assert not [tag for tag, _ in page.elements if tag == "script"]
    assert "<script" not in path.read_text(encoding="utf-8")
    assert page.text.count("<script>alert(") > 20


def test_a_task_that_only_abstained_still_has_its_page(made_up_proof, made_up, tmp_path):
    _, page = written(made_up_proof(at_arrival=made_up(n=12, abstained=12)), tmp_path)
    assert "No forecast was made: all 12 questions were abstained on." in page.text
    assert "nan" not in page.text
    assert "None" not in page.text


@pytest.mark.parametrize("over", [{"n": 1, "abstained": 0}, {"tolerance": None}, {"endless": True}, {"unit": ""}])
def test_small_aimless_and_endless_tasks_are_written(made_up_proof, made_up, tmp_path, over):
    _, page = written(made_up_proof(at_arrival=made_up(**over)), tmp_path)
    assert "The forecast was off by" in page.text
    assert not re.search(r"\b(nan|inf|None)\b", page.text)
    assert ("within ±" in page.text.lower()) is (over.get("tolerance", 10.0) is not None)
    assert ("without end" in page.text) is ("endless" in over)


def test_a_page_of_many_questions_stays_small(made_up_proof, made_up, tmp_path):
    tasks = {f"task_{number}": made_up(n=6000, questions=3, subject=f"{number}-") for number in range(3)}
    path, _ = written(made_up_proof(**tasks), tmp_path)
    assert path.stat().st_size < 1_500_000


def test_a_folder_that_cannot_be_written_is_said_so(proof, tmp_path):
    (tmp_path / "reports").write_text("a file in its way")
    with pytest.raises(StoreError, match="the report cannot be written"):
        written(proof, tmp_path / "reports")
