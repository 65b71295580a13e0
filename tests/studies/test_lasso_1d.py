import cvxpy as cp
import numpy as np
import pytest

from cvxbench.bench.records import Part
from cvxbench.studies import lasso_1d


@pytest.mark.parametrize(("name", "layers"), lasso_1d.PUBLISHED)
def test_the_bounds_are_tight_and_the_network_fits(name, layers):
    found = lasso_1d.solve(name, layers)
    assert found["residual"] < 1e-12
    assert 0.0 <= found["objective"] - found["lower_bound"] <= 1e-6 * found["objective"]


@pytest.mark.parametrize("layers", [2, 3, 4])
def test_the_optimum_is_that_of_a_conic_solver_where_beta_is_not_tiny(layers, monkeypatch):
    monkeypatch.setattr(lasso_1d, "BETA", 1e-3)
    A, y = lasso_1d.dictionary(np.array(lasso_1d.X), layers), np.array(lasso_1d.Y["steep"])
    z, constant = cp.Variable(A.shape[1]), cp.Variable()
    cost = 0.5 * cp.sum_squares(A @ z + constant - y) + 1e-3 * cp.norm1(z)
    optimum = cp.Problem(cp.Minimize(cost)).solve(solver=cp.CLARABEL)
    found = lasso_1d.solve("steep", layers)
    assert found["lower_bound"] <= optimum * (1 + 1e-6) and optimum <= found["objective"] * (1 + 1e-6)


def test_a_ramp_is_a_feature_of_three_layers_so_the_level_data_cost_three_quarters():
    """(4 − (6 − x)₊)₊ rises from 2 to 6 and is level beyond: with weight 3/4 it fits (0, 0, 3, 3)."""
    columns = lasso_1d.dictionary(np.array(lasso_1d.X), 3)
    assert any(np.array_equal(column, [0.0, 0.0, 4.0, 4.0]) for column in columns.T)
    assert lasso_1d.solve("level", 3)["objective"] == pytest.approx(0.75e-8, rel=1e-9)


def test_verdicts_say_which_printed_values_are_optima():
    parts = [
        Part(part.key, part.function, part.options, "converged", result=lasso_1d.solve(**part.options))
        for part in lasso_1d.parts("standard", None)
    ]
    verdicts = {claim.published: claim.verdict for claim in lasso_1d.findings(parts).comparisons}
    assert verdicts == {
        "1.5e-08": "does not hold",
        "3e-08": "does not hold",
        "4e-08": "holds",
        "9e-08": "does not hold",
    }
