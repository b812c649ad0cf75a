"""What a connection of kind ``sparkplug`` needs besides."""

import re
from dataclasses import dataclass, replace

from pilothouse.clock import NS_PER_S
from pilothouse.connect.mqtt.broker_table import BrokerSettings, read_broker
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkplugSettings:
    """What is declared of a Sparkplug connection.

    Parameters
    ----------
    broker
        Where it is.
    plant
        Key of the plant, for the name we go by.
    host_id
        Under which the hub tells its STATE.
    share
        Which part of the edge nodes is this connection's: (1-based number, of how many).
    reorder_ns
        How long a message that is missing is waited for.
    rebirth_ns
        How long a node is left in peace after it was asked to tell its births again.
    settle_ns
        How long after a command another value may still be one from before it.
    """

    broker: BrokerSettings
    plant: str
    host_id: str
    share: tuple[int, int]
    reorder_ns: int
    rebirth_ns: int
    settle_ns: int

    def shared(self, number: int, of: int) -> "SparkplugSettings":
        """The settings of the ``number``-th of so many workers, from 0, inside the share that is declared.

        A node of a share is one of just one worker: the remainder by both decides.
        """
        mine, among = self.share
        share = (mine + among * number, among * of)
        return replace(self, share=share, host_id=f"{self.host_id}-{number + 1}")

    def client_id(self, connection: str) -> str:
        """The name we go by where none is declared."""
        return f"pilothouse-{self.plant}-{connection}"


def read_settings(table: Table, plant: Plant) -> SparkplugSettings | None:
    """The settings of a ``[[connection]]``; faults are noted there."""
    broker = read_broker(table)
    host_id = table.text("host_id", default="") or f"{plant.key}-{table.text('key', default='')}"
    if any(mark in host_id for mark in "/+#"):
        table.fault(f"host_id: expected an id without / + #, got {host_id!r}", "leave them out", at="host_id")
    share = _share(table)
    reorder_s = table.number("reorder_s", default=2.0, low=0.0, high=600.0)
    rebirth_s = table.number("rebirth_s", default=10.0, low=0.1, high=3_600.0)
    settle_s = table.number("settle_s", default=2.0, low=0.0, high=600.0)
    if broker is None or not table.sound:
        return None
    return SparkplugSettings(
        broker=broker,
        plant=plant.key,
        host_id=host_id,
        share=share,
        reorder_ns=round(reorder_s * NS_PER_S),
        rebirth_ns=round(rebirth_s * NS_PER_S),
        settle_ns=round(settle_s * NS_PER_S),
    )


def _share(table: Table) -> tuple[int, int]:
    text = table.text("share", default="1/1")
    found = re.fullmatch(r"([1-9]\d{0,2})/([1-9]\d{0,2})", text)
    if found is None or int(found[1]) > int(found[2]):
        table.fault(
            f"share: expected such as 2/3, the second of three, got {text!r}", 'write "1/1" for all', at="share"
        )
        return (1, 1)
    return int(found[1]), int(found[2])
