"""Wire: what both ends of a line speak: the hub that listens, and a plant that is played by the edge.

Only words and the way they travel; what they mean for the hub belongs to `connect`, what a plant says to `edge`.
"""
