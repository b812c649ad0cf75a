"""OPC UA: subscribed, filled up from history after an outage, written with read-back, browsed.

The words are the standard's: a NodeId, a DataValue with its StatusCode and SourceTimestamp, a Subscription with its
MonitoredItems, HistoryRead with continuation points.
"""

from pilothouse.connect.opcua.kind import KIND, OpcUa
from pilothouse.connect.opcua.outlet import OpcUaOutlet
from pilothouse.connect.opcua.settings import Settings
from pilothouse.connect.opcua.source import OpcUaSource

__all__ = ["KIND", "OpcUa", "OpcUaOutlet", "OpcUaSource", "Settings"]
