"""Every page: links hold, what is drawn is current, TOML and JSON are sound, and nothing of a machine slipped in."""

import json
import re
import tomllib

import pytest

MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:tmp|home|root|mnt|srv|opt)/\w")
"""The path of something on one machine."""

FORBIDDEN = ("index-url", "find-links")
"""Words of one machine's package settings."""

EMPTY_WORDS = (
    "AI-powered",
    "seamless",
    "cutting-edge",
    "state-of-the-art",
    "revolution",
    "recommendation",
    "suggestion",
)


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_links_hold(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), f"{target}: there is no such file"
        assert not anchor or anchor in anchors(there), f"{target}: there is no such heading"


def test_every_page_can_be_reached(all_pages, root):
    linked = set()
    for page in all_pages:
        for target in re.findall(r"\]\(([^)\s#]+)", without_code(page.read_text(encoding="utf-8"))):
            linked.add((page.parent / target).resolve())
    assert {page.relative_to(root).as_posix() for page in all_pages if page not in linked} <= {
        "README.md",
        "benchmarks/README.md",
    }


def test_what_is_drawn_is_current(page, draw):
    text = page.read_text(encoding="utf-8")
    assert draw.redrawn(text) == text, "run `make docs`"


def test_the_drawings_are_all_used(draw):
    used = {
        name
        for page in draw.pages()
        for name in re.findall(r"<!-- drawn: (?!end)(\w+) -->", page.read_text(encoding="utf-8"))
    }
    assert used == set(draw.DRAWINGS)


def test_toml_and_json_are_sound(page, blocks):
    for text in blocks(page, "toml"):
        assert tomllib.loads(text)
    for text in blocks(page, "json"):
        assert json.loads(text) is not None


@pytest.mark.parametrize("word", [*FORBIDDEN, *EMPTY_WORDS])
def test_no_page_says(word, all_pages):
    saying = [page.name for page in all_pages if word.lower() in page.read_text(encoding="utf-8").lower()]
    assert saying == []


def test_no_page_holds_a_path_of_a_machine(page):
    assert MACHINE_PATH.findall(page.read_text(encoding="utf-8")) == []


def test_every_block_says_its_language(page):
    opened = re.findall(r"^```(\w*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert all(opened[::2]), "write ```text where it is none"
