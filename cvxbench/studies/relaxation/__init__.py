"""How tight envelopes are, and what they certify of networks trained by the convex program, SGD and Adam."""
