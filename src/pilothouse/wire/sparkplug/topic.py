"""Topics of Sparkplug, and the one message that is no payload of its own: STATE."""

import json
from dataclasses import dataclass
from typing import Final

NAMESPACE: Final = "spBv1.0"
OF_NODES: Final = ("NBIRTH", "NDEATH", "NDATA", "NCMD")
OF_DEVICES: Final = ("DBIRTH", "DDEATH", "DDATA", "DCMD")
REBIRTH: Final = "Node Control/Rebirth"
"""The metric by which a node is asked to tell its births again."""

BD_SEQ: Final = "bdSeq"
"""The metric that says which death belongs to which birth."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Where a message of a node or a device is published.

    Parameters
    ----------
    group, node, device
        Their ids; device is empty where the node itself speaks.
    kind
        One of :data:`OF_NODES` or :data:`OF_DEVICES`.

    Examples
    --------
    >>> str(Topic("mill", "line-1", "furnace", "DDATA"))
    'spBv1.0/mill/DDATA/line-1/furnace'
    """

    group: str
    node: str
    device: str
    kind: str

    @staticmethod
    def read(topic: str) -> "Topic | None":
        """The topic of a text; None where it is none of a node or device.

        Examples
        --------
        >>> Topic.read("spBv1.0/mill/NBIRTH/line-1")
        Topic(group='mill', node='line-1', device='', kind='NBIRTH')
        >>> Topic.read("spBv1.0/STATE/hub") is None, Topic.read("spBv1.0/mill/DDATA/line-1") is None
        (True, True)
        """
        parts = topic.split("/")
        if len(parts) == 4 and parts[0] == NAMESPACE and parts[2] in OF_NODES and all(parts):
            return Topic(parts[1], parts[3], "", parts[2])
        if len(parts) == 5 and parts[0] == NAMESPACE and parts[2] in OF_DEVICES and all(parts):
            return Topic(parts[1], parts[3], parts[4], parts[2])
        return None

    def __str__(self) -> str:
        """As it is published."""
        device = f"/{self.device}" if self.device else ""
        return f"{NAMESPACE}/{self.group}/{self.kind}/{self.node}{device}"


def state_topic(host_id: str) -> str:
    """Where a host application tells whether it is there.

    Examples
    --------
    >>> state_topic("hub")
    'spBv1.0/STATE/hub'
    """
    return f"{NAMESPACE}/STATE/{host_id}"


def state_payload(*, online: bool, timestamp_ms: int) -> bytes:
    """What it tells there.

    Examples
    --------
    >>> state_payload(online=True, timestamp_ms=7)
    b'{"online": true, "timestamp": 7}'
    """
    return json.dumps({"online": online, "timestamp": timestamp_ms}).encode()


def read_state(payload: bytes) -> tuple[bool, int] | None:
    """Whether a host is there and since when, ms; None where the text says neither.

    Examples
    --------
    >>> read_state(b'{"online": true, "timestamp": 7}'), read_state(b"OFFLINE")
    ((True, 7), None)
    """
    try:
        told = json.loads(payload)
        online, timestamp = told["online"], told["timestamp"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(online, bool) or not isinstance(timestamp, int):
        return None
    return online, timestamp
