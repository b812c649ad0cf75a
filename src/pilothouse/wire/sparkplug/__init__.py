"""Sparkplug B 3.0: topics, payloads, and how metrics carry their values.

``sparkplug_b_pb2`` is made by protoc of Eclipse Tahu's schema (EPL-2.0, its notice stands in it); all else is ours.
"""

from pilothouse.wire.sparkplug.datatype import Datatype
from pilothouse.wire.sparkplug.sparkplug_b_pb2 import Payload
from pilothouse.wire.sparkplug.topic import Topic, state_payload, state_topic

__all__ = ["Datatype", "Payload", "Topic", "state_payload", "state_topic"]
