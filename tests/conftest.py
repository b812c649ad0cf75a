"""What all tests share: where the real data is, and a stranger's pack."""

import importlib
import os
import shutil
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data: ``PILOTHOUSE_DATA``, else ``../shared/data`` beside the repository.

    Where it is not to be had a test is skipped, but never in CI (``PILOTHOUSE_CI=1``): there it fails.
    """
    named = os.environ.get("PILOTHOUSE_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        reason = f"no real data: {folder} is no folder; set PILOTHOUSE_DATA to where it is"
        if os.environ.get("PILOTHOUSE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture
def kettles(tmp_path_factory, monkeypatch):
    """The stranger's pack of `tests/strangers/`, installed: its module, with which kitchens are made."""
    home = tmp_path_factory.mktemp("installed")
    shutil.copy(REPOSITORY / "tests" / "strangers" / "kettles.py", home / "strange_kettles.py")
    said = home / "strange_kettles-1.0.dist-info"
    said.mkdir()
    (said / "METADATA").write_text("Metadata-Version: 2.1\nName: strange-kettles\nVersion: 1.0\n", encoding="utf-8")
    (said / "entry_points.txt").write_text("[pilothouse.packs]\nkettles = strange_kettles:pack\n", encoding="utf-8")
    monkeypatch.syspath_prepend(home)
    monkeypatch.setenv("PYTHONPATH", str(home))  # for the workers of a cluster that a test starts
    yield importlib.import_module("strange_kettles")
    del sys.modules["strange_kettles"]
