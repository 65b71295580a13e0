"""cvxbench: convex programs against SGD and Adam on ReLU networks, with evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvxbench.convex.solution import Solution
    from cvxbench.convex.train import train_convex
    from cvxbench.estimators import ConvexReLUClassifier, ConvexReLURegressor

__all__ = ["ConvexReLUClassifier", "ConvexReLURegressor", "Solution", "train_convex"]

_HOMES = {
    "ConvexReLUClassifier": "cvxbench.estimators",
    "ConvexReLURegressor": "cvxbench.estimators",
    "Solution": "cvxbench.convex.solution",
    "train_convex": "cvxbench.convex.train",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that `cvxbench --help` need not wait for numpy and scipy."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'cvxbench' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
