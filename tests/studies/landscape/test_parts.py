"""The parts of the landscape experiment, on a table that scikit-learn ships."""

from dataclasses import replace

import numpy as np
import pytest

from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable
from cvxbench.studies.experiment import get
from cvxbench.studies.landscape.findings import findings
from cvxbench.studies.landscape.path import follow, looked_along
from cvxbench.studies.landscape.plan import parts
from cvxbench.studies.landscape.problems import beside, problem
from cvxbench.studies.landscape.rates import convergence, rate
from cvxbench.studies.landscape.spread import ends
from cvxbench.studies.landscape.surface import Surface, flat


@pytest.mark.parametrize("network", ["relu", "gated-relu"])
def test_the_optimum_in_the_places_of_another_network_keeps_its_objective_and_is_near(network):
    posed = problem("iris", network, 2.5e-3)
    data, d = posed.data, posed.data.X.shape[1]
    r = np.random.default_rng(0)
    layers = [(0.1 * r.standard_normal((d, data.width)), 0.1 * r.standard_normal(data.width)) for _ in data.Y.T]
    other = Separable(tuple(ReLUNetwork(*each) for each in layers))
    weights = beside(posed.solution, other, data.gates)
    surface = Surface(data.X, data.Y, 2.5e-3, data.active)
    assert surface.value(weights) == pytest.approx(posed.solution.objective, rel=1e-9)
    shuffled = weights.reshape(data.Y.shape[1], d + 1, -1)[:, :, ::-1].ravel()
    if network == "relu":
        assert np.linalg.norm(weights - flat(other)) <= np.linalg.norm(shuffled - flat(other))


def test_along_a_convex_path_there_is_no_violation_and_curvature_is_that_of_the_quadratic():
    r = np.random.default_rng(1)
    X, Y = r.standard_normal((20, 3)), r.standard_normal((20, 1))
    hidden, end = r.standard_normal((3, 1)), r.standard_normal((3, 1))
    surface = Surface(X, Y, 0.1, np.ones((20, 1), dtype=bool))
    points = {t: np.append(hidden + s * (end - hidden), 1.0) for t, s in ((0, 0.0), (1, 0.5), (4, 1.0))}
    seen = looked_along(surface, points, points[4])  # the output stays: f is linear in what moves
    for visit in seen["visits"]:
        assert visit["to_end"]["violation"] == visit["to_best"]["modulus"] == 0.0
        assert visit["largest"] >= np.linalg.eigvalsh(X.T @ X / 20)[-1] + 0.1 - 1e-9
    assert 0.0 < seen["smoothness"] <= max(visit["largest"] for visit in seen["visits"]) + 1e-9
    assert seen["lipschitz"] > 0.0


def test_opponents_paths_end_above_the_optimum_and_come_nearer_to_it():
    seen = follow("iris", "gated-relu", 2.5e-3, epochs=30, seed=0)
    for rule in ("sgd", "adam"):
        visits = seen[rule]["visits"]
        assert visits[0]["iteration"] == 0 and visits[-1]["iteration"] == 300
        assert seen["lower_bound"] <= seen["optimum"] < visits[-1]["objective"] < visits[0]["objective"]
        assert visits[-1]["to_end"]["length"] == 0.0 < visits[0]["to_best"]["length"]


def test_a_perceptron_ends_in_one_place_and_narrow_relu_networks_do_not():
    perceptron = ends("diabetes", "perceptron", [1], 1e-3, starts=5, steps=3000, seed=0)
    (objectives,), (optimum,) = perceptron["objectives"], perceptron["optima"]
    assert max(objectives) / min(objectives) - 1.0 < 1e-9
    assert objectives[0] == pytest.approx(optimum, rel=1e-6)
    relu = ends("diabetes", "relu", [2], 1e-3, starts=5, steps=200, seed=0)
    assert max(relu["objectives"][0]) / min(relu["objectives"][0]) - 1.0 > 1e-3


def test_accelerated_descent_is_faster_than_plain_and_newton_needs_the_fewest_steps():
    gaps = {name: np.array(each) for name, each in convergence("diabetes", 2.5e-3, 300)["gaps"].items()}
    plain = gaps["gradient descent"]
    assert (np.diff(plain) <= 1e-12).all() and plain[-1] > -1e-9
    first = {name: int(np.argmax(each < 1e-3)) for name, each in gaps.items() if (each < 1e-3).any()}
    assert first["newton"] < first["accelerated"] < first.get("gradient descent", 301)


def test_rates_of_planted_sequences_are_found():
    k = np.arange(1.0, 201.0)
    geometric, power = rate(0.9**k), rate(k**-2.0)
    assert geometric.linear and geometric.factor == pytest.approx(0.9)
    assert not power.linear and power.power == pytest.approx(2.0)
    assert rate(np.array([0.5, 1e-3, 1e-12])) is None


def test_findings_bear_whatever_has_run():
    planned = parts("quick", None)
    assert findings([]).answer == findings(planned).answer == "nothing can be said yet."
    assert {claim.verdict for claim in findings(planned).comparisons} == {"cannot be tested here"}
    assert get("landscape").findings is findings


def test_paths_that_end_below_the_point_called_optimum_are_a_warning():
    part = next(part for part in parts("quick", None) if part.key.startswith("path"))
    visit = {"objective": 0.9, "iteration": 0, "gradient": 0.0, "smallest": 0.0, "largest": 1.0}
    visit |= {towards: {"violation": 0.0, "modulus": 0.0, "length": 0.0} for towards in ("to_end", "to_best")}
    path = {"visits": [visit, visit], "lipschitz": 0.0, "smoothness": 0.0}
    found = findings([replace(part, result={"optimum": 1.0, "sgd": path, "adam": path})])
    assert found.warnings[0].startswith("2 of 2 paths end lower")
    assert found.comparisons[0].verdict == found.comparisons[1].verdict == "holds"


def test_the_standard_plan_has_tables_of_uci_of_every_size_up_to_its_limit():
    planned = parts("standard", None)
    assert len({part.key for part in planned}) == len(planned)
    assert len({part.options["dataset"] for part in planned}) >= 7
    assert len(parts("paper", None)) > 100 * 12
