import itertools

import numpy as np
from scipy.optimize import nnls

KINDS = ("normal", "integers", "parallel", "zero row", "plane", "collinear", "almost parallel", "binary")


def table(kind: str, n: int, d: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return X (n, d) and r (n,), with whatever makes arrangements of hyperplanes degenerate."""
    X, r = rng.standard_normal((n, d)), rng.standard_normal(n)
    if kind == "integers":
        X, r = rng.integers(-1, 2, (n, d)).astype(float), np.sign(r)
    elif kind == "parallel":
        X[n // 2 :] = X[: n - n // 2] * rng.choice([-2.0, 0.5, 1.0], (n - n // 2, 1))
    elif kind == "zero row":
        X[rng.integers(n)] = 0.0
        r[rng.integers(n)] = 0.0
    elif kind == "plane":
        X = rng.standard_normal((n, min(2, d))) @ rng.standard_normal((min(2, d), d))
    elif kind == "collinear":
        X[:, 1:] = 1.0
    elif kind == "almost parallel":
        X[: n // 2] = X[0] + 1e-9 * X[: n // 2]
    elif kind == "binary":
        X = rng.integers(0, 2, (n, d)).astype(float)
    return X, r


def by_enumeration(X: np.ndarray, r: np.ndarray) -> float:
    """Return the longest feature: the longest projection of ±X'D r/n onto {(2D − I)X u ≥ 0}, for all 2ⁿ patterns D."""
    longest = 0.0
    for pattern in itertools.product([0.0, 1.0], repeat=len(X)):
        active = np.array(pattern)
        rows = (2.0 * active - 1.0)[:, None] * X
        for gradient in (X.T @ (active * r) / len(r), -X.T @ (active * r) / len(r)):
            multipliers, _ = nnls(rows.T, -gradient)
            longest = max(longest, float(np.linalg.norm(gradient + rows.T @ multipliers)))
    return longest


def mass(X: np.ndarray, r: np.ndarray) -> float:
    """Return Σ |r_i|‖x_i‖/n, the scale of rounding."""
    return float(np.abs(r) @ np.linalg.norm(X, axis=1)) / len(r)
