"""`python -m pilothouse.edge.opcua`."""

from pilothouse.edge.opcua.command import main

main()
