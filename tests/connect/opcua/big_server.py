"""A server with so many nodes: python big_server.py --url URL --nodes N; a hundred variables to a folder."""

import argparse
import asyncio
import logging

from asyncua import Server, ua
from asyncua.server.address_space import AttributeValue, NodeData

logging.disable(logging.CRITICAL)
URI = "urn:test:big"
FOLDER = 100


def add(aspace, parent, node, name, place, node_class):
    """A node and the reference to it, past the server's checks, which take a second a thousand nodes."""
    data = NodeData(node)
    for attribute, value in (
        (ua.AttributeIds.BrowseName, ua.QualifiedName(name, place)),
        (ua.AttributeIds.DisplayName, ua.LocalizedText(name)),
        (ua.AttributeIds.NodeClass, node_class),
        (ua.AttributeIds.Value, 1.0),
    ):
        data.attributes[attribute] = AttributeValue(ua.DataValue(ua.Variant(value)))
    aspace[node] = data
    reference = ua.ReferenceDescription()
    reference.ReferenceTypeId = ua.NodeId(ua.ObjectIds.Organizes)
    reference.IsForward = True
    reference.NodeId = node
    reference.BrowseName = ua.QualifiedName(name, place)
    reference.DisplayName = ua.LocalizedText(name)
    reference.NodeClass = node_class
    aspace[parent].references.append(reference)


async def main(given):
    server = Server()
    await server.init()
    server.set_endpoint(given.url)
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    place = await server.register_namespace(URI)
    aspace = server.iserver.aspace
    root = server.nodes.objects.nodeid
    line = ua.NodeId("line", place)
    add(aspace, root, line, "Line", place, ua.NodeClass.Object)
    for first in range(0, given.nodes, FOLDER):
        folder = ua.NodeId(f"F{first}", place)
        add(aspace, line, folder, f"Folder {first}", place, ua.NodeClass.Object)
        for number in range(first, min(first + FOLDER, given.nodes)):
            node = ua.NodeId(f"V{number}", place)
            add(aspace, folder, node, f"Value {number}", place, ua.NodeClass.Variable)
    await server.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url")
    parser.add_argument("--nodes", type=int, default=3_000)
    asyncio.run(main(parser.parse_args()))
