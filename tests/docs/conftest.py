"""What the tests of the pages share: the pages, their blocks of code, and the drawings."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pages() -> list[Path]:
    """Every page a reader meets."""
    return [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        ROOT / "benchmarks" / "README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a page runs on each of them."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())


@pytest.fixture(scope="session")
def root():
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def all_pages():
    """Every page a reader meets."""
    return pages()


@pytest.fixture(scope="session")
def blocks():
    """The fenced blocks of a language on a page."""

    def found(page: Path, language: str) -> list[str]:
        text = page.read_text(encoding="utf-8")
        return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)

    return found


@pytest.fixture(scope="session")
def draw():
    """The module `docs/draw.py`."""
    spec = importlib.util.spec_from_file_location("draw", ROOT / "docs" / "draw.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["draw"] = module  # its records look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["draw"]
