import cvxpy as cp
import numpy as np

from cvxbench.networks.patterns import distinct


def problem(n, d, P, seed=3):
    """A table with columns of unit length, a target, and gates."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    X /= np.linalg.norm(X, axis=0)
    return X, rng.standard_normal(n), rng.standard_normal((d, P))


def clarabel(X, y, gates, lam, accuracy):
    """The optimum of the program, with nothing of ours in it but the list of patterns."""
    active = distinct(X, gates).active
    (n, d), P = X.shape, active.shape[1]
    v, w = cp.Variable((d, P)), cp.Variable((d, P))
    signs = 2.0 * active - 1.0
    fit = cp.sum(cp.multiply(active.astype(float), X @ (v - w)), axis=1) - y
    value = cp.sum_squares(fit) / (2 * n) + lam * (cp.sum(cp.norm(v, 2, axis=0)) + cp.sum(cp.norm(w, 2, axis=0)))
    program = cp.Problem(cp.Minimize(value), [cp.multiply(signs, X @ v) >= 0, cp.multiply(signs, X @ w) >= 0])
    program.solve(solver="CLARABEL", tol_gap_abs=accuracy, tol_gap_rel=accuracy, tol_feas=accuracy)
    assert program.status == "optimal"
    return program.value


def violation(X, gates, network):
    """The largest −(2D − 1)x_i'v/(‖x_i‖·‖v‖) of any neuron v, in the cone of that pattern D which suits it best."""
    active = distinct(X, gates).active
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    unit_rows = np.divide(X, lengths, out=np.zeros_like(X), where=lengths > 0)
    slack = unit_rows @ (network.hidden / np.linalg.norm(network.hidden, axis=0))
    worst = [((2.0 * active - 1.0) * along[:, None]).min(axis=0).max() for along in slack.T]
    return max([0.0, *(-least for least in worst)])
