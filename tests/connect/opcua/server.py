"""A server with nodes of all kinds, run as a process: python server.py MODE --url URL [...]."""

import argparse
import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta

from asyncua import Server, ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AttributeService

from pilothouse.clock import now_ns
from pilothouse.seeds import stream

logging.disable(logging.CRITICAL)
URI = "urn:test:odd"
KIND = ua.VariantType


class People:
    """Knows one name and one certificate; lets strangers in only where asked to."""

    def __init__(self, certificate=None):
        self.certificate = certificate

    def get_user(self, iserver, username=None, password=None, certificate=None):
        if username is not None:
            return User(role=UserRole.User) if (username, password) == ("hub", "secret") else None
        return User(role=UserRole.User)


class Slow(AttributeService):
    """Refuses what is above a hundred, and never answers what is negative."""

    async def write(self, params, *user, **named):
        value = params.NodesToWrite[0].Value.Value.Value
        if isinstance(value, float) and value > 100.0:
            return [ua.StatusCode(ua.StatusCodes.BadOutOfRange)]
        if isinstance(value, float) and value < 0.0:
            await super().write(params, *user, **named)
            await asyncio.sleep(60.0)
        return await super().write(params, *user, **named)


def moment():
    """The present instant, as asyncua wants it."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now_ns() // 1000)


def shown(value, kind=None, code=0, at=None):
    """A DataValue as a server holds it."""
    return ua.DataValue(ua.Variant(value, kind), ua.StatusCode(code), at or moment(), moment())


def odd_values(cycle):
    """What each node shows in a cycle."""
    now = moment()
    return {
        "count": shown(float(cycle), KIND.Double),
        "kelvin": shown(300.0, KIND.Double),
        "single": shown(1.5, KIND.Float),
        "whole": shown(-7, KIND.Int16),
        "large": shown(2**40, KIND.UInt64),
        "flag": shown(True, KIND.Boolean),
        "uncertain": shown(5.0, KIND.Double, 0x40000000),
        "bad": shown(None, KIND.Null, 0x80000000),
        "overflow": shown(6.0, KIND.Double, 0x00000480),
        "text": shown("abc", KIND.String),
        "array": shown([1.0, 2.0], KIND.Double),
        "nan": shown(float("nan"), KIND.Double),
        "ancient": shown(8.0, KIND.Double, 0, datetime(1601, 1, 2, tzinfo=UTC)),
        "future": shown(9.0, KIND.Double, 0, datetime(2300, 1, 1, tzinfo=UTC)),
        "hour_ahead": shown(10.0, KIND.Double, 0, now + timedelta(hours=1)),
        "piece": shown(f"C{cycle // 5:05d}", KIND.String),
        "piece_number": shown(4711, KIND.Int32),
        "long_piece": shown("x" * 100_000, KIND.String),
    }


def junk(rng):
    """Anything but what was agreed."""
    at = [moment(), datetime(1601, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), None][int(rng.integers(4))]
    odd = [
        ("x" * int(rng.integers(20_000)), KIND.String),
        ([rng.random()] * int(rng.integers(50)), KIND.Double),
        (["a", None, "b"], KIND.String),
        (None, KIND.Null),
        (b"\x00\xff" * int(rng.integers(100)), KIND.ByteString),
        (datetime(1970, 1, 1, tzinfo=UTC), KIND.DateTime),
        (float("inf"), KIND.Double),
        (float("nan"), KIND.Double),
        (ua.LocalizedText("a"), KIND.LocalizedText),
        (ua.NodeId(5, 3), KIND.NodeId),
        (int(rng.integers(2**62)), KIND.UInt64),
        (ua.StatusCode(0x80000000), KIND.StatusCode),
        ([[1, 2], [3, 4]], KIND.Int32),
    ]
    value, kind = odd[int(rng.integers(len(odd)))]
    code = (0, 0x40000000, 0x80000000, 0x480)[int(rng.integers(4))]
    made = ua.DataValue(ua.Variant(value, kind), ua.StatusCode(code), at, None)
    made.SourcePicoseconds = None
    return made


async def main(given):  # noqa: C901 - a server from its making to its end
    server = Server(user_manager=People())
    await server.init()
    server.set_endpoint(given.url)
    if given.certificate:
        await server.load_certificate(given.certificate)
        await server.load_private_key(given.private_key)
    else:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    place = await server.register_namespace(URI)
    server.iserver.attribute_service = Slow(server.iserver.aspace)
    folder = await server.nodes.objects.add_object(ua.NodeId("odd", place), ua.QualifiedName("odd", place))
    names = list(odd_values(0))
    if given.mode == "junk":
        names = ["count", *(f"junk{k}" for k in range(given.nodes))]
    for name in names:
        await folder.add_variable(ua.NodeId(name, place), ua.QualifiedName(name, place), ua.Variant(None, KIND.Null))
    for name, value in (
        ("setpoint", ua.Variant(20.0)),
        ("step", ua.Variant(3, KIND.Int16)),
        ("fixed", ua.Variant(1.0)),
    ):
        made = await folder.add_variable(ua.NodeId(name, place), ua.QualifiedName(name, place), value)
        if name != "fixed":
            await made.set_writable()
    await server.start()
    rng, cycle, begun = stream(1, "junk"), 0, time.monotonic()
    while True:
        values = odd_values(cycle)
        if given.mode == "junk":
            values = {"count": values["count"], **{name: junk(rng) for name in names[1:]}}
        for name, value in values.items():
            attribute = server.iserver.aspace[ua.NodeId(name, place)].attributes[ua.AttributeIds.Value]
            attribute.value = value  # past the server's own checks of types
            for handle, tell in list(attribute.datachange_callbacks.items()):
                await tell(handle, value)
        if given.mode == "late" and cycle == given.late:
            await folder.add_variable(ua.NodeId("late", place), ua.QualifiedName("late", place), 1.0)
        cycle += 1
        await asyncio.sleep(max(begun + cycle / given.hz - time.monotonic(), 0.0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("mode")
    parser.add_argument("--url")
    parser.add_argument("--hz", type=float, default=10.0)
    parser.add_argument("--late", type=int, default=20)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--certificate")
    parser.add_argument("--private-key")
    asyncio.run(main(parser.parse_args()))
