"""The plant's words: pure records, and the folder they are declared in."""
