"""Wires: outlets called from another thread, whose every fault is one the gate knows."""

import asyncio
import threading

import pytest

from pilothouse.errors import NotWrittenError, SourceError
from pilothouse.hub.outlets import wired
from pilothouse.ports import ReadBack


class Outlet:
    key = "line"
    writable = frozenset({"arc"})

    def __init__(self, does) -> None:
        self.does = does

    async def write(self, parameter, value, *, timeout_s):
        return await self.does()

    async def read(self, parameter, *, timeout_s):
        return await self.does()


async def answers() -> ReadBack:
    return ReadBack(value=4.0, at_ns=1)


async def hangs() -> ReadBack:
    await asyncio.sleep(3600)
    raise AssertionError


def raises(error: Exception):
    async def does() -> ReadBack:
        raise error

    return does


def test_an_answer_comes_back() -> None:
    with wired([Outlet(answers)]) as wires:
        assert wires.read("arc", timeout_s=1.0).value == 4.0
        assert wires.write("arc", 4.0, timeout_s=1.0).value == 4.0
        assert (wires.outlet("arc"), wires.outlet("lime")) == ("line", None)


@pytest.mark.parametrize("error", [ValueError("what"), OSError("gone"), KeyError("x"), TimeoutError()])
def test_whatever_an_outlet_raises_the_gate_does_not_know(error: Exception) -> None:
    with wired([Outlet(raises(error))]) as wires, pytest.raises(SourceError, match="connection line"):
        wires.write("arc", 1.0, timeout_s=1.0)


def test_what_is_known_stays_known() -> None:
    with wired([Outlet(raises(NotWrittenError("refused")))]) as wires, pytest.raises(NotWrittenError):
        wires.write("arc", 1.0, timeout_s=1.0)


def test_one_that_hangs_is_given_up_and_leaves_nothing_behind(monkeypatch) -> None:
    monkeypatch.setattr("pilothouse.hub.outlets._GRACE_S", 0.1)
    with wired([Outlet(hangs)]) as wires, pytest.raises(SourceError, match=r"no answer on arc within 0\.1 s"):
        wires.read("arc", timeout_s=0.1)
    assert "outlets" not in {thread.name for thread in threading.enumerate()}


def test_a_parameter_that_no_outlet_writes() -> None:
    with wired([]) as wires, pytest.raises(SourceError, match="writable over no connection"):
        wires.read("arc", timeout_s=0.1)
