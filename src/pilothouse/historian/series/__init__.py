"""The live tier of the historian: every value of every second."""
