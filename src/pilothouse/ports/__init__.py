"""The ports: what the hub asks of its stores and connections. Each is small; conformance suites ship in `testing`."""

from pilothouse.ports.compute import Compute, TaskFailure
from pilothouse.ports.connection import FileSink, FilesTaken, Health, Outlet, ReadBack, Sink, Source
from pilothouse.ports.series import Series, SeriesInfo, Taken
from pilothouse.ports.stores import Historian, HistorianInfo, Ledger, Written

__all__ = [
    "Compute",
    "FileSink",
    "FilesTaken",
    "Health",
    "Historian",
    "HistorianInfo",
    "Ledger",
    "Outlet",
    "ReadBack",
    "Series",
    "SeriesInfo",
    "Sink",
    "Source",
    "Taken",
    "TaskFailure",
    "Written",
]
