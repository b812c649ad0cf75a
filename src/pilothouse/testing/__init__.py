"""Conformance suites that ship, for whoever implements a port."""
