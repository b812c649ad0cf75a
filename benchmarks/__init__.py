"""Our figures beside a peer's or a bar, and cost against size: `python -m benchmarks [NAME] [--json]`."""
