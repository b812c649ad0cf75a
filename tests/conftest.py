"""What all tests share: where the real data is."""

import os
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
