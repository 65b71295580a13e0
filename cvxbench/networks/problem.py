"""The training problem that every method gets: data, network, lambda, gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NETWORKS = ("gated-relu", "relu")


@dataclass(frozen=True)
class Problem:
    """Train `network` on (X, Y): min Σ_k 1/(2n)·‖f_k(X) − Y_k‖² + λ/2·(‖hidden_k‖² + ‖output_k‖²).

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Training rows, used as they are: no hidden scaling, no hidden bias.
    Y : ndarray, shape (n, k)
        One column per output; the outputs share no neuron, so the columns are k problems solved together.
    lam : float
    network : {"gated-relu", "relu"}
    gates : ndarray, shape (d, P)
        The gates of a gated network; for ReLU, those whose activation patterns a program may sample.
    """

    X: np.ndarray
    Y: np.ndarray
    lam: float
    network: str
    gates: np.ndarray
