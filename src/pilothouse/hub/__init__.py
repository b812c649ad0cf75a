"""The hub: the only place that knows concrete classes."""
