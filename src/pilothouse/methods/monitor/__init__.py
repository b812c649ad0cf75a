r"""Monitor: whether a unit runs as it normally does, and which parameters speak when it does not.

Notation in this room: x an observation of p parameters, z the same standardised, P its principal axes, s = P'z its
scores, l their variances, k how many of them are common causes; u the innovations of the scores, e their accumulated
mean; T² = Σ s²/l over the first k axes, SPE = Σ s² over the others; α the false-alarm rate.
"""
