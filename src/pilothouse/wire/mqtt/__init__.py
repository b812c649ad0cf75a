"""MQTT: a session with a broker, made for an event loop."""

from pilothouse.wire.mqtt.broker import Broker, Tls
from pilothouse.wire.mqtt.session import Message, Session, Will

__all__ = ["Broker", "Message", "Session", "Tls", "Will"]
