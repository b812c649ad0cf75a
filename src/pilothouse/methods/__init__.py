"""What the hub can work out: pure functions over arrays and records."""
