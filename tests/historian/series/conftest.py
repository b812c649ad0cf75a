"""A small plant, a clock that is set by hand, and stores of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pilothouse.clock import NS_PER_H, NS_PER_S, parse_instant
from pilothouse.historian.series.store import Keeping, SeriesStore

COLUMNS = {"t": "u", "p": "u", "q": "v"}
HOUR = parse_instant("2026-11-24T10:00:00Z")
AT_ONCE = Keeping(lateness_ns=0)


class Clock:
    def __init__(self, now: int = HOUR) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Callable[..., SeriesStore]:
    stores = []

    def open_store(columns=COLUMNS, **options) -> SeriesStore:
        store = SeriesStore(tmp_path / "series", columns, clock=clock, **{"keeping": AT_ONCE, **options})
        stores.append(store)
        return store

    yield open_store
    for store in stores:
        store.close()


def second(k: int) -> int:
    return HOUR + k * NS_PER_S


def hour(k: int) -> int:
    return HOUR + k * NS_PER_H
