"""The first-order methods against CVXPY, each on the same tiny problems; CVXPY's model is written out here."""

import cvxpy as cp
import numpy as np
import pytest

from cvxbench.attempt import Setting, Status
from cvxbench.convex import al, conic, rfista
from cvxbench.networks.problem import Problem

from .conftest import tiny_problems


def optimum(X, y, gates, lam, network):
    """The program, pattern by pattern, with nothing of ours in it."""
    n, d = X.shape
    fit, penalty, constraints = 0, 0, []
    for column in {tuple(column) for column in (X @ gates >= 0).T}:
        D = np.diag(np.array(column, dtype=float))
        if network == "gated-relu":
            u = cp.Variable(d)
            fit, penalty = fit + D @ X @ u, penalty + cp.norm(u)
        else:
            v, w = cp.Variable(d), cp.Variable(d)
            fit, penalty = fit + D @ X @ (v - w), penalty + cp.norm(v) + cp.norm(w)
            constraints += [(2 * D - np.eye(n)) @ X @ v >= 0, (2 * D - np.eye(n)) @ X @ w >= 0]
    program = cp.Problem(cp.Minimize(cp.sum_squares(fit - y) / (2 * n) + lam * penalty), constraints)
    return program.solve(solver="CLARABEL", tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)


@pytest.mark.parametrize("case", tiny_problems(), ids=["plain", "wide-lam", "two-outputs", "n<d", "one-column"])
@pytest.mark.parametrize(("network", "method"), [("gated-relu", rfista), ("relu", al)])
def test_first_order_methods_agree_with_cvxpy(case, network, method, budget, watch):
    X, Y, gates, lam = case
    outcome = method.train(Problem(X, Y, lam, network, gates), Setting({}), budget, watch, tol=1e-14)
    expected = sum(optimum(X, y, gates, lam, network) for y in Y.T)
    assert outcome.status is Status.CONVERGED
    assert outcome.network.objective(X, Y, lam) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("network", ["gated-relu", "relu"])
@pytest.mark.parametrize("solver", ["CLARABEL", "ECOS", "SCS"])
def test_conic_methods_agree_with_the_program_written_out(network, solver, budget, watch):
    X, Y, gates, lam = tiny_problems()[2]
    outcome = conic.train_with(solver, Problem(X, Y, lam, network, gates), budget, watch)
    expected = sum(optimum(X, y, gates, lam, network) for y in Y.T)
    assert outcome.network.objective(X, Y, lam) == pytest.approx(expected, rel=1e-4 if solver == "SCS" else 1e-6)
    assert (outcome.status is Status.CONVERGED) == (outcome.detail == f"{solver}: optimal")


def test_conic_skips_what_is_too_large_and_says_how_large(budget, watch):
    from dataclasses import replace

    X, Y, gates, lam = tiny_problems()[0]
    outcome = conic.train_with("CLARABEL", Problem(X, Y, lam, "relu", gates), replace(budget, conic_size=100), watch)
    assert outcome.status is Status.SKIPPED
    assert "nonzeros" in outcome.detail
