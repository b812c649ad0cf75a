"""The hub's words: pure records and rules of deciding."""
