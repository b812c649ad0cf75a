"""Browsing: every node once, by few requests, in parts where the server gives parts; and which is which parameter."""

import asyncio
import time
from collections import deque
from pathlib import Path

import pytest
from asyncua import ua
from tests.connect.opcua.conftest import free_port, run

from pilothouse.connect.opcua.browse import Found, _Walk, browse
from pilothouse.connect.opcua.matching import match
from pilothouse.connect.opcua.session import Session
from pilothouse.connect.opcua.settings import Settings
from pilothouse.errors import SourceError
from pilothouse.plant.equipment import Equipment
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant

BIG = Path(__file__).with_name("big_server.py")


@pytest.fixture
def big(serve):
    return lambda nodes: serve(str(BIG), "--nodes", str(nodes))


def browsed(url, **named):
    requests, progress = [], []

    async def counted():
        ask = Session.ask

        async def counting(self, request, *arguments, **more):
            requests.append(request)
            return await ask(self, request, *arguments, **more)

        Session.ask = counting
        try:
            begun = time.monotonic()
            settings = Settings(url=url, timeout_s=20.0)
            found = await browse(settings, Path(), progress=lambda *told: progress.append(told), **named)
            return found, time.monotonic() - begun
        finally:
            Session.ask = ask

    found, seconds = run(counted())
    return found, requests, progress, seconds


def test_thousands_of_nodes_by_a_handful_of_requests(big):
    found, requests, progress, _ = browsed(big(3_000).url)
    variables = [node for node in found if node.is_variable and node.path.startswith("Line/")]
    assert len(variables) == 3_000
    assert len({node.address for node in found}) == len(found)
    assert variables[0] == Found(
        address="nsu=urn:test:big;s=V0",
        name="Value 0",
        title="Value 0",
        path="Line/Folder 0/Value 0",
        is_variable=True,
    )
    assert len(requests) < 60
    assert progress[-1][0] == progress[-1][1] == len(found) + 1


def test_more_nodes_than_asked_for_is_told(odd):
    with pytest.raises(SourceError, match="more than 5 nodes"):
        browsed(odd.url, most=5)


@pytest.mark.slow
def test_a_hundred_thousand_nodes_without_a_stall(big):
    server = big(100_000)
    pauses = []

    async def heart():
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.01)
            pauses.append(time.monotonic() - begun)

    async def watched():
        beat = asyncio.create_task(heart())
        begun = time.monotonic()
        found = await browse(Settings(url=server.url, timeout_s=20.0), Path())
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)
        return found, time.monotonic() - begun

    found, seconds = run(watched())
    assert sum(node.is_variable for node in found) >= 100_000
    assert seconds < 300.0
    assert max(pauses) < 10.0
    print(f"{len(found):,} nodes in {seconds:.1f} s, longest pause {max(pauses):.2f} s")  # noqa: T201


# ---- a server that gives parts, goes in circles and refuses long requests -----------------------------------------


class Odd(Session):
    """Every node has 25 references, three to nodes that are known already, in parts of ten; ten nodes a request."""

    def __init__(self):
        super().__init__(None, Settings(url="opc.tcp://odd:1"))
        self.left, self.asked = {}, []

    async def ask(self, request, answer, doing, *, timeout_s=None):
        made = answer()
        if isinstance(request, ua.BrowseRequest):
            nodes = request.Parameters.NodesToBrowse
            self.asked.append(len(nodes))
            if len(nodes) > 10:
                raise ua.uaerrors.BadTooManyOperations
            made.Results = [self._part(self._references(node.NodeId)) for node in nodes]
        else:
            points = request.Parameters.ContinuationPoints
            made.Parameters.Results = [self._part(self.left.pop(point)) for point in points]
        return made

    def _references(self, node):
        depth = 0 if node.NamespaceIndex == 0 else node.Identifier.count(".")
        own = "" if node.NamespaceIndex == 0 else node.Identifier
        names = [f"{own}.{k}" for k in range(22)] if depth < 2 else []
        back = [own or ".0", ".0", ".1"] if depth else []
        return [
            ua.ReferenceDescription(
                NodeId=ua.NodeId(name, 1),
                BrowseName=ua.QualifiedName(name, 1),
                DisplayName=ua.LocalizedText(name),
                NodeClass=ua.NodeClass.Variable,
            )
            for name in names + back
        ]

    def _part(self, references):
        result = ua.BrowseResult(References=references[:10])
        if len(references) > 10:
            result.ContinuationPoint = f"{len(self.left)}".encode()
            while result.ContinuationPoint in self.left:
                result.ContinuationPoint += b"x"
            self.left[result.ContinuationPoint] = references[10:]
        return result


def test_parts_circles_and_a_server_that_takes_few_nodes_at_once():
    async def walk():
        session = Odd()
        start = ua.NodeId(ua.ObjectIds.ObjectsFolder)
        walk = _Walk(session=session, found=[], seen=set(), open_nodes=deque([(start, "")]))
        while walk.open_nodes:
            await walk.look_into([walk.open_nodes.popleft() for _ in range(min(500, len(walk.open_nodes)))])
        return session, walk.found

    session, found = run(walk())
    assert len(found) == 22 + 22 * 22
    assert len({node.address for node in found}) == len(found)
    assert session.left == {}
    assert max(session.asked) > 10 >= min(session.asked)


# ---- which is which -------------------------------------------------------------------------------------------------


def parameter(key, name):
    return Parameter(key=key, name=name, kind="opaque", unit="x", role="measured", equipment="line")


PLANT = Plant(
    key="p",
    name="P",
    time_zone="UTC",
    currency="EUR",
    equipment={"line": Equipment(key="line", level="work_unit", name="Line")},
    parameters={
        one.key: one
        for one in (
            parameter("line.speed", "Speed"),
            parameter("zone1.temp", "Temperature"),
            parameter("zone2.temp", "Temperature"),
            parameter("strength", "Tensile strength"),
            parameter("gone", "Not there"),
        )
    },
    materials={},
    segments={},
    orders={},
    kpis={},
)


def node(address, path, title="", *, is_variable=True):
    return Found(address=address, name=path.split("/")[-1], title=title, path=path, is_variable=is_variable)


def test_names_keys_and_ends_of_paths_are_matched_and_doubt_is_told():
    found = [
        node("n1", "Plant/A/SPEED"),
        node("n2", "Plant/Zone 1/Temp"),
        node("n3", "Plant/zone2.temp"),
        node("n4", "Plant/tensile_strength"),
        node("n5", "Other/Tensile Strength"),
        node("n6", "Plant/line.PIECE"),
        node("n7", "Plant/Temperature"),
        node("n8", "Plant/gone", is_variable=False),
    ]
    matched = match(found, PLANT)
    assert {row["address"]: row["parameter"] or row["piece_of"] for row in matched.rows} == {
        "n1": "line.speed",
        "n2": "zone1.temp",
        "n3": "zone2.temp",
        "n6": "line",
    }
    assert matched.ambiguous == {"strength": ("n4", "n5")}
    assert matched.unmatched == ("gone",)
    assert {row["writable"] for row in matched.rows} == {""}


def test_nobody_there_is_told():
    with pytest.raises(SourceError, match="while connecting"):
        browsed(f"opc.tcp://127.0.0.1:{free_port()}")
