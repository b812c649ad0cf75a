"""Estimate: fit, calibrate, predict an interval, abstain, watch for drift, give verified reasons."""
