"""Recipes along the route: levers moved piece by piece against what finished pieces are judged by."""
