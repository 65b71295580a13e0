"""Accelerated proximal gradient with a fixed step on the gated network's group lasso (Beck and Teboulle 2009)."""

import numpy as np

from cvxbench.attempt import Method, Outcome, Status, no_settings, one_by_one
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.patterns import distinct
from cvxbench.networks.separable import Separable

ITERATIONS, TOLERANCE = 1000, 1e-6


def train(problem, setting, budget, watch):
    """Minimise 1/(2n)·Σ_k ‖Σ_p D_p X w_kp − Y_k‖² + λ·Σ ‖w_kp‖ over weights of shape (k, d, P)."""
    X, Y, n = problem.X, problem.Y, len(problem.X)
    patterns = distinct(X, problem.gates)
    active = patterns.active.astype(float)

    def predict(weights):
        return np.stack([np.sum(active * (X @ w), axis=1) for w in weights], axis=1)

    def pull(residual):
        return np.stack([X.T @ (active * r[:, None]) for r in residual.T]) / n

    def network(weights):
        return Separable(tuple(GatedReLUNetwork.from_program(patterns.gates, w) for w in weights))

    step = 1.0 / (1.1 * _largest_eigenvalue(lambda w: pull(predict(w)), (1, X.shape[1], active.shape[1])))
    weights = ahead = np.zeros((Y.shape[1], X.shape[1], active.shape[1]))
    momentum = 1.0
    limit = budget.affordable(4.0 * weights.size * n, ITERATIONS)
    for iteration in range(1, limit + 1):
        moved = ahead - step * pull(predict(ahead) - Y)
        norms = np.linalg.norm(moved, axis=1, keepdims=True)
        before, weights = weights, moved * np.maximum(1.0 - step * problem.lam / np.maximum(norms, 1e-300), 0.0)
        if np.sum((weights - ahead) ** 2) <= TOLERANCE * step**2:
            return Outcome(network(weights), Status.CONVERGED, f"squared mapping ≤ {TOLERANCE:g}", iteration)
        if watch.due(iteration) and (ended := watch.see(iteration, network(weights))):
            return ended
        last, momentum = momentum, 0.5 + np.sqrt(0.25 + momentum**2)
        ahead = weights + (last - 1.0) / momentum * (weights - before)
    return Outcome(network(weights), Status.BUDGET, f"{limit} iterations", limit)


def _largest_eigenvalue(operator, shape, rounds=30):
    vector = np.ones(shape)
    for _ in range(rounds):
        vector = operator(vector / np.linalg.norm(vector))
    return np.linalg.norm(vector)


METHOD = Method(
    name="proximal-gradient",
    summary="accelerated proximal gradient with a fixed step, an example",
    networks=("gated-relu",),
    train=one_by_one(train),
    settings=no_settings,
    default={},
    convex=True,
)
