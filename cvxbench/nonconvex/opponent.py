"""An update rule as a method of the benchmark: its whole study in one batch, under the referee's eye."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cvxbench.attempt import Budget, Method, Outcome, Setting, Status, Watch
from cvxbench.networks.problem import Problem
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.rules.rule import Rule
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.schedules.stepwise import Stepwise
from cvxbench.nonconvex.trainer import Data, Recipe, Run, train

PASSES = 4  # over a batch × width array that cost like as many columns of X
LEAST_EPOCHS = 5  # however little work the budget pays for
SCHEDULES = {"stepwise": Stepwise(), "cosine": Cosine()}

Train = Callable[[Problem, Sequence[Setting], Budget, Sequence[Watch]], list[Outcome]]


def opponent(name: str, summary: str, rule: Rule, default: float) -> Method:
    """Return the method that tunes the step size of `rule` over the budget's steps and seeds.

    Parameters
    ----------
    name, summary : str
    rule : Rule
    default : float
        The step size of its default setting, fixed in advance for all tables; one of the budgets' steps.
    """
    return Method(
        name=name,
        summary=f"{summary}, its whole study in one batch",
        networks=("gated-relu", "relu"),
        train=_trainer(rule),
        settings=lambda budget: [{"step": step} for step in budget.steps],
        default={"step": default},
        convex=False,
        repeats=True,
        at_once=True,
    )


def _trainer(rule: Rule) -> Train:
    """Return the `train` of a method that tunes the step size of `rule`: the published loop of SGD and Adam.

    Each epoch shuffles the rows and takes ten steps (Mishkin et al. 2022), or one on all rows if the rule wants them. A
    gated network has one neuron per distinct pattern of the problem's gates; a ReLU network `width` per output.
    """

    def train_study(
        problem: Problem, settings: Sequence[Setting], budget: Budget, watches: Sequence[Watch]
    ) -> list[Outcome]:
        if problem.network == "gated-relu":
            data = Data.gated(problem.X, problem.Y, problem.gates)
        else:
            data = Data(problem.X, problem.Y, settings[0].width)
        n, d = data.X.shape
        work = 6.0 * n * (d + PASSES) * data.width * data.Y.shape[1]
        epochs = budget.affordable(work, budget.epochs, least=LEAST_EPOCHS)
        recipe = Recipe(rule, SCHEDULES[budget.schedule], epochs)
        runs = [Run(setting.options["step"], setting.seed, problem.lam) for setting in settings]
        eyes = _Eyes(watches)
        networks = train(data, runs, recipe, eyes)
        detail = f"{epochs} epochs" if epochs == budget.epochs else f"{epochs} epochs, what the budget's work pays for"
        steps = epochs * recipe.steps_per_epoch(n)
        return [
            eyes.ended.get(run, Outcome(network, Status.BUDGET, detail, steps)) for run, network in enumerate(networks)
        ]

    return train_study


class _Eyes:
    """The watches of a study as one audience. All of a batch see the same iterations, so one is asked for all."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._watches = watches
        self._asked = watches[0]
        self.ended: dict[int, Outcome] = {}

    def due(self, iteration: int) -> bool:
        return self._asked.due(iteration)

    def see(self, iteration: int, networks: Mapping[int, Separable]) -> list[int]:
        for run, network in networks.items():
            ended = self._watches[run].see(iteration, network)
            if ended is not None:
                self.ended[run] = ended
        left = [run for run in networks if run not in self.ended]
        if left:
            self._asked = self._watches[left[0]]
        return [run for run in networks if run in self.ended]
