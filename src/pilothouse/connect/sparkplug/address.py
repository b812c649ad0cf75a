"""Addresses of Sparkplug: ``group/edge-node/device/metric name``, or ``group/edge-node/metric name`` of a node itself.

Ids hold no slash, names of metrics may. The first two parts are the group and the node. If just one part follows it is
a metric of the node; if more follow, the first of them is the device and the rest is the name. A metric of the node
whose own name holds a slash is written with an empty device: ``group/edge-node//Node Info/Uptime``.
A member of a template is named as ``metric/member``.
"""

from dataclasses import dataclass

from pilothouse.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SparkplugAddress:
    """One address.

    Parameters
    ----------
    group, node
        Ids of the group and of the edge node.
    device
        Id of the device; empty for metrics of the node itself.
    metric
        Name of the metric.
    """

    group: str
    node: str
    device: str
    metric: str

    @staticmethod
    def read(text: str) -> "SparkplugAddress":
        """The address of a text.

        Raises
        ------
        ConfigError
            If it is none.

        Examples
        --------
        >>> SparkplugAddress.read("mill/line-1/furnace/zone 2/temperature")
        SparkplugAddress(group='mill', node='line-1', device='furnace', metric='zone 2/temperature')
        >>> SparkplugAddress.read("mill/line-1/uptime").device
        ''
        >>> SparkplugAddress.read("mill/line-1//Node Info/Uptime").metric
        'Node Info/Uptime'
        """
        parts = text.split("/", 3)
        group, node, *rest = [*parts, "", ""][: max(len(parts), 3)]
        device, metric = ("", rest[0]) if len(rest) < 2 else (rest[0], rest[1])
        if not (group and node and metric) or any(mark in group + node + device for mark in "+#"):
            raise ConfigError(
                f"address {text!r}: expected group/edge-node/device/metric name, or group/edge-node/metric name",
                hint="for a metric of the node whose name holds a slash write group/edge-node//metric/name",
            )
        return SparkplugAddress(group, node, device, metric)
