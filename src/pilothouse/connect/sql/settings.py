"""What a ``[[connection]]`` of kind ``sql`` declares.

::

    [[connection]]
    key = "laboratory"
    kind = "sql"
    url = "postgresql+psycopg://reader@lims/results"
    password_env = "LIMS_PASSWORD"          # the name of an environment variable, never the secret itself
    table = "results"                       # or query = "select ... from ..."
    time = "sampled_at"                     # when it happened
    watermark = "changed_at"                # grows with every new or changed row: an instant or a whole number
    piece = "coil"                          # which piece it was observed on; left out where the rows name none
    name = "test"                           # with value: one row a value; without: one column a parameter
    value = "result"
    poll_s = 10.0
    lookback = 3600.0                       # rows that come late: how far back is read again, in seconds or numbers
    addresses = "laboratory.csv"            # an address is a name, or the heading of a column
"""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

BATCH: Final = 10_000
"""Rows that are read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSettings:
    """Where rows are, and what their columns mean.

    Parameters
    ----------
    url, password_env
        Of the database, and of the environment variable that holds its password; empty where none is needed.
    table, query
        One of them.
    time, watermark, piece, name, value
        Headings of columns; of ``piece``, ``name`` and ``value`` empty where there is none.
    poll_s, lookback
        How often it is read, and how far back again.
    time_zone
        Of instants without offset.
    """

    url: str
    password_env: str
    table: str
    query: str
    time: str
    watermark: str
    piece: str
    name: str
    value: str
    poll_s: float
    lookback: float
    time_zone: str

    @property
    def is_long(self) -> bool:
        """Whether a row holds one value, with its name."""
        return bool(self.name)


def read_settings(table: Table, plant: Plant) -> SqlSettings | None:
    """The settings of a table; what is wrong is noted there."""
    url = table.text("url")
    try:
        if url and make_url(url).password:
            table.fault("url holds a password", 'leave it out and name a variable: password_env = "..."', at="url")
    except ArgumentError:
        table.fault(f"url: expected a database URL, got {url!r}", "write dialect://user@host/database", at="url")
    source, query = table.text("table", default=""), table.text("query", default="")
    if (not source) == (not query):
        table.fault("expected a table or a query, one of them", "leave the other out", at="table")
    name, value = table.text("name", default=""), table.text("value", default="")
    if (not name) != (not value):
        table.fault("name and value come together", "give both, or neither", at="name")
    zone = table.text("time_zone", default=plant.time_zone)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        table.fault(f"time_zone: {zone!r} is no time zone", "use a name such as Europe/Berlin", at="time_zone")
    time = table.text("time")
    return table.make(
        SqlSettings,
        url=url,
        password_env=table.text("password_env", default=""),
        table=source,
        query=query,
        time=time,
        watermark=table.text("watermark", default=time),
        piece=table.text("piece", default=""),
        name=name,
        value=value,
        poll_s=table.number("poll_s", default=10.0, low=0.05),
        lookback=table.number("lookback", default=0.0, low=0.0),
        time_zone=zone,
    )
