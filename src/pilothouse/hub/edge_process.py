"""A plant that does not exist in a process of its own, behind a real protocol, and the hub's connection to it.

The hub knows of that plant just what comes over the wire. For Sparkplug a broker is needed: mosquitto, from the path.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Final

from pilothouse.clock import stopwatch_s
from pilothouse.errors import ConfigError, SourceError
from pilothouse.plant.folder import PLANT_FILE

START_S: Final = 180.0
"""How long the plant's side may take until it can be reached: it makes its history first."""

ADDRESSES: Final = "addresses.csv"
CONNECTION: Final = "level-2"
_PORT_OPEN_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgePlant:
    """Which plant stands behind the protocol.

    Parameters
    ----------
    family
        Key of its family.
    seed, plant_variation
        Which of them.
    pieces
        How many it made before.
    speed
        Seconds of the plant in one.
    """

    family: str
    seed: int
    plant_variation: int
    pieces: int
    speed: float

    def words(self) -> list[str]:
        """As arguments of the plant's side."""
        told = {
            "--seed": self.seed,
            "--plant-variation": self.plant_variation,
            "--pieces": self.pieces,
            "--speed": self.speed,
        }
        return [self.family, *(str(word) for pair in told.items() for word in pair)]


@contextmanager
def edge(via: str, plant: EdgePlant, root: Path) -> Iterator[None]:
    """A plant behind a protocol, and the connection to it declared in a plant folder; ended with the block.

    Parameters
    ----------
    via
        A key of :data:`PROTOCOLS`.
    plant
        Which.
    root
        The plant folder; its list of addresses is written, and its ``plant.toml`` gets the connection.

    Raises
    ------
    ConfigError
        If the protocol needs something that is not there.
    SourceError
        If the plant's side does not come up.
    """
    with ExitStack() as stack:
        start, declared, port = PROTOCOLS[via](stack, root)
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", *start, *plant.words(), "--addresses", str(root / ADDRESSES)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        stack.callback(_end, process)
        with (root / PLANT_FILE).open("a", encoding="utf-8") as file:
            file.write(f'\n[[connection]]\nkey = "{CONNECTION}"\naddresses = "{ADDRESSES}"\n{declared}\n')
        _wait_for(process, root / ADDRESSES, port)
        yield


def _opcua(stack: ExitStack, root: Path) -> tuple[list[str], str, int]:
    del stack, root
    port = _free_port()
    url = f"opc.tcp://127.0.0.1:{port}"
    return ["pilothouse.edge.opcua", "plant", "--url", url], f'kind = "opcua"\nurl = "{url}"\nevery_s = 1.0', port


def _sparkplug(stack: ExitStack, root: Path) -> tuple[list[str], str, int]:
    port = stack.enter_context(_mosquitto(root))
    declared = f'kind = "sparkplug"\nhost = "127.0.0.1"\nport = {port}\nhost_id = "pilothouse"\nevery_s = 1.0'
    return ["pilothouse.edge.sparkplug", "--port", str(port), "--host-id", "pilothouse"], declared, port


PROTOCOLS: Final[Mapping[str, Callable[[ExitStack, Path], tuple[list[str], str, int]]]] = {
    "opcua": _opcua,
    "sparkplug": _sparkplug,
}
"""How a plant's side is started by each: module and arguments, what the connection declares, and the port it needs."""


@contextmanager
def _mosquitto(root: Path) -> Iterator[int]:
    """A broker of the demo's own."""
    program = shutil.which(
        "mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    )
    if program is None:
        raise ConfigError(
            "Sparkplug needs an MQTT broker, and there is no mosquitto on the path",
            hint="install it (Debian: apt-get install mosquitto), or take --via opcua",
        )
    port, settings = _free_port(), root / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n", encoding="utf-8")
    broker = subprocess.Popen([program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603
    try:
        began_s = stopwatch_s()
        while not _is_open(port):
            if broker.poll() is not None or stopwatch_s() - began_s > START_S:
                raise SourceError(
                    f"the broker did not start: {_told(broker)}", hint="see whether mosquitto runs by hand"
                )
            sleep(0.05)
        yield port
    finally:
        _end(broker)


def _wait_for(process: "subprocess.Popen[bytes]", addresses: Path, port: int) -> None:
    """Until the plant has made its history, says where its values are, and can be reached."""
    began_s = stopwatch_s()
    while not (addresses.exists() and _is_open(port)):
        if process.poll() is not None:
            raise SourceError(f"the plant's side ended: {_told(process)}")
        if stopwatch_s() - began_s > START_S:
            raise SourceError(f"the plant's side did not come up within {START_S:g} s", hint="ask for fewer --pieces")
        sleep(0.1)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _told(process: "subprocess.Popen[bytes]") -> str:
    """The last line of what a process that ended complained of."""
    assert process.stderr is not None
    lines = process.stderr.read().decode(errors="replace").strip().splitlines() if process.poll() is not None else []
    return lines[-1] if lines else f"exit code {process.poll()}"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), _PORT_OPEN_S).close()
    except OSError:
        return False
    return True
