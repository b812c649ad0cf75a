"""The route, one stage a file: what each makes of a piece, in the order in which a piece meets them."""
