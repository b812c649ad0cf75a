"""Re-application: which order a piece should serve, after each forecast of its test and after the test itself."""
