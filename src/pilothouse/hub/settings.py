"""``[hub]`` in ``plant.toml``: how the hub itself is set up, and what the environment says of it.

::

    [hub]
    ledger = "postgresql+psycopg://hub@db.works/pilothouse"   # left out: store/ledger.db in the plant folder
    ledger_password_env = "LEDGER_PASSWORD"                   # the environment variable that holds the password
    compute = "local:4"                                       # where heavy work is done; see compute.setting

A password never stands in the file. ``PILOTHOUSE_LEDGER`` in the environment goes before both keys and may hold one.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from pilothouse.compute.setting import check_setting
from pilothouse.errors import ConfigError, Fault
from pilothouse.ledger.database import parse_url
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.table import Table

TABLE: Final = "hub"
LEDGER_VARIABLE: Final = "PILOTHOUSE_LEDGER"
"""Environment variable with the URL of the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSettings:
    """How the hub of a plant is set up.

    Parameters
    ----------
    ledger
        URL of the ledger's database, without a password; None for the file in the plant folder.
    ledger_password_env
        Name of the environment variable with its password; None where it needs none.
    compute
        Where heavy work is done; see :func:`pilothouse.compute.setting.compute_of`.
    """

    ledger: str | None = None
    ledger_password_env: str | None = None
    compute: str = ""


def read_settings(declaration: Declaration) -> tuple[HubSettings, tuple[Fault, ...]]:
    r"""The settings of a plant, and everything that is wrong with them.

    Examples
    --------
    >>> settings, faults = read_settings(Declaration.parse('[hub]\nledger = "postgresql://ana:secret@db/works"'))
    >>> faults[0].line, faults[0].problem
    (2, 'hub: ledger: a password stands in the file')
    """
    faults: list[Fault] = []
    table = declaration.table(TABLE, faults)
    if table is None:
        return HubSettings(), tuple(faults)
    settings = table.make(
        HubSettings,
        ledger=_ledger(table),
        ledger_password_env=table.text("ledger_password_env", default=None),
        compute=_compute(table),
    )
    if table.has("ledger_password_env") and not table.has("ledger"):
        table.fault("ledger_password_env stands without ledger", "add the URL as ledger", at="ledger_password_env")
    table.done()
    return settings or HubSettings(), tuple(faults)


def ledger_url(settings: HubSettings, root: Path, environment: Mapping[str, str] = os.environ) -> URL:
    """Where the ledger of a plant folder lies, with its password.

    Parameters
    ----------
    settings
        Of the plant.
    root
        The plant folder; paths are relative to it.
    environment
        Of the process.

    Raises
    ------
    ConfigError
        If the environment's URL is none, or its variable with the password is not set.

    Examples
    --------
    >>> str(ledger_url(HubSettings(), Path("lf"), {}))
    'sqlite:///lf/store/ledger.db'
    >>> ledger_url(HubSettings(), Path("lf"), {"PILOTHOUSE_LEDGER": "postgresql://ana:secret@db/works"})
    postgresql+psycopg://ana:***@db/works
    """
    override = environment.get(LEDGER_VARIABLE)
    if override:
        return _in_folder(parse_url(override), root)
    url = _in_folder(parse_url(settings.ledger or "sqlite:///store/ledger.db"), root)
    if settings.ledger_password_env is None:
        return url
    password = environment.get(settings.ledger_password_env)
    if password is None:
        raise ConfigError(
            f"the environment variable {settings.ledger_password_env} is not set",
            hint=f"set it to the password of the ledger's database, or set {LEDGER_VARIABLE} to its whole URL",
        )
    return url.set(password=password)


def _ledger(table: Table) -> str | None:
    text = table.text("ledger", default=None)
    if not text:
        return text
    try:
        url = parse_url(text)
    except ConfigError as error:
        table.fault(f"ledger: {error.message}", error.hint or "correct the URL", at="ledger")
        return None
    if url.password is not None or "password" in url.query:
        remedy = "take it out, and name its environment variable in ledger_password_env"
        table.fault("ledger: a password stands in the file", remedy, at="ledger")
        return None
    return text


def _compute(table: Table) -> str:
    text = table.text("compute", default="")
    wrong = check_setting(text)
    if wrong:
        table.fault(wrong, "write one of these", at="compute")
    return "" if wrong else text


def _in_folder(url: URL, root: Path) -> URL:
    """A SQLite file is meant from the plant folder on, wherever the hub is called from."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return url
    return url.set(database=str(root / url.database))
