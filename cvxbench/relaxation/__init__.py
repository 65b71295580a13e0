"""Envelopes of activations, cuts, and bounds on the outputs of trained networks over boxes of inputs."""
