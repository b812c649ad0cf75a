"""NodeIds as people write them in a list of addresses.

``nsu=urn:maker:line;s=Speed`` names its namespace by URI and stays right when the server numbers its namespaces anew;
``ns=2;s=Speed`` is what most tools show.
"""

from collections.abc import Sequence

from asyncua import ua


def parse_node(text: str, namespaces: Sequence[str]) -> ua.NodeId | None:
    """The NodeId of an address; None where it is none, or its namespace is not one of the server's.

    Examples
    --------
    >>> parse_node("nsu=urn:line;s=Speed", ["http://opcfoundation.org/UA/", "urn:line"]).to_string()
    'ns=1;s=Speed'
    >>> parse_node("Speed", []) is None
    True
    """
    try:
        node = ua.NodeId.from_string(text)
    except (ua.UaError, ValueError, TypeError):
        return None
    uri = getattr(node, "NamespaceUri", None)
    if uri is None:
        return node
    if uri not in namespaces:
        return None
    return ua.NodeId(node.Identifier, ua.Int16(namespaces.index(uri)), node.NodeIdType)


def write_node(node: ua.NodeId, namespaces: Sequence[str]) -> str:
    """The address of a node, its namespace by URI.

    Examples
    --------
    >>> write_node(ua.NodeId("Speed", 1), ["http://opcfoundation.org/UA/", "urn:line"])
    'nsu=urn:line;s=Speed'
    """
    plain = str(ua.NodeId(node.Identifier, ua.Int16(0), node.NodeIdType).to_string())
    place = int(node.NamespaceIndex)
    if place == 0:
        return plain
    if place < len(namespaces) and ";" not in namespaces[place]:
        return f"nsu={namespaces[place]};{plain}"
    return f"ns={place};{plain}"
