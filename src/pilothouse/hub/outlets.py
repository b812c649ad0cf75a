"""Outlets as the write-back gate calls them: from any thread, by the parameter that is written.

Outlets are asynchronous and belong to the event loop of their connections; the gate waits for each answer and must not
stop that loop. :class:`Wires` goes between; :func:`wired` gives them a loop of their own where there is none yet.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import TimeoutError as Late
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final, TypeVar

from pilothouse.connect.kinds import KINDS
from pilothouse.errors import ConfigError, SourceError
from pilothouse.hub.workspace import Workspace
from pilothouse.ports import Outlet, ReadBack

T = TypeVar("T")

_GRACE_S: Final = 1.0
"""How long over its own time limit an outlet may take before it is given up."""


class Wires:
    """The outlets of a plant.

    Parameters
    ----------
    outlets
        Each parameter is written over one of them at most.
    loop
        The running event loop they belong to; another thread's.

    Raises
    ------
    ConfigError
        If two outlets write one parameter.
    """

    def __init__(self, outlets: Sequence[Outlet], loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._of: dict[str, Outlet] = {}
        for outlet in outlets:
            for parameter in sorted(outlet.writable):
                if parameter in self._of:
                    raise ConfigError(
                        f"parameter {parameter} is writable over {self._of[parameter].key} and {outlet.key}",
                        hint="let one connection write it",
                    )
                self._of[parameter] = outlet

    def outlet(self, parameter: str) -> str | None:
        """Key of the connection a parameter is written over; None where there is none."""
        outlet = self._of.get(parameter)
        return None if outlet is None else outlet.key

    def write(self, parameter: str, value: float, *, timeout_s: float) -> ReadBack:
        """See :meth:`pilothouse.ports.Outlet.write`.

        Raises
        ------
        SourceError
            If it cannot be known whether it was written.
        """
        return self._ask(parameter, self._known(parameter).write(parameter, value, timeout_s=timeout_s), timeout_s)

    def read(self, parameter: str, *, timeout_s: float) -> ReadBack:
        """See :meth:`pilothouse.ports.Outlet.read`.

        Raises
        ------
        SourceError
            If no outlet has the parameter, or its connection does not answer.
        """
        return self._ask(parameter, self._known(parameter).read(parameter, timeout_s=timeout_s), timeout_s)

    def _known(self, parameter: str) -> Outlet:
        if parameter not in self._of:
            raise SourceError(
                f"parameter {parameter} is writable over no connection",
                hint="declare it writable in the addresses of a [[connection]]",
            )
        return self._of[parameter]

    def _ask(self, parameter: str, question: Coroutine[Any, Any, T], timeout_s: float) -> T:
        asked = asyncio.run_coroutine_threadsafe(question, self._loop)
        try:
            return asked.result(timeout_s + _GRACE_S)
        except SourceError:
            raise
        except Late as error:
            asked.cancel()
            raise SourceError(
                f"connection {self.outlet(parameter)} gave no answer on {parameter} within {timeout_s:g} s"
            ) from error
        except Exception as error:
            # Whatever an outlet raises, the gate must learn that it does not know, and nothing else.
            raise SourceError(f"connection {self.outlet(parameter)} failed on {parameter}: {error!r}") from error


def outlets_of(workspace: Workspace) -> tuple[Outlet, ...]:
    """The outlets of the connections that a plant folder declares; nothing is opened yet."""
    made = (KINDS[connection.kind].outlet(connection) for connection in workspace.connections)
    return tuple(outlet for outlet in made if outlet is not None)


@contextmanager
def wired(outlets: Sequence[Outlet]) -> Iterator[Wires]:
    """Wires over a loop of their own, in a thread that ends with the block."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="outlets", daemon=True)
    thread.start()
    try:
        yield Wires(outlets, loop)
    finally:
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result(_GRACE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_tasks() -> None:
    """Nothing an outlet began is left running."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
