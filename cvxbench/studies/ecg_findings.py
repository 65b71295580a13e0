"""What the ECG's parts say: who reached the lower training loss, by how much, how fast, and the test error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cvxbench.bench.records import Part
from cvxbench.studies.findings import Comparison, Findings, Plot, Sheet

QUESTION = "Does convex training of a ReLU network on an ECG reach a lower training loss than tuned SGD and Adam?"
TIE = 1e-4  # relative: below it nobody is called lower
TOLERANCES = (0.1, 0.01, 0.001)
UNKNOWN = "–"


@dataclass(frozen=True)
class Trial:
    """One opponent's study beside the convex program of the same problem.

    Parameters
    ----------
    network : str
    lags : int
    relative : float
        λ/λ₀.
    method, study : str
    convex, opponent : dict
        The results of the two parts.
    """

    network: str
    lags: int
    relative: float
    method: str
    study: str
    convex: dict[str, Any]
    opponent: dict[str, Any]

    @property
    def excess(self) -> float:
        """The opponent's lowest objective above the convex one, relative; below 0 if the opponent's is lower."""
        return self.opponent["objective"] / self.convex["objective"] - 1.0

    @property
    def problem(self) -> str:
        """The problem's name."""
        return f"{self.network}, {self.lags} lags, λ/λ₀ {self.relative:g}"


def trials(parts: Iterable[Part]) -> list[Trial]:
    """Return the studies that have ended, on problems whose convex program has."""
    done = [(part, dict(part.result)) for part in parts if part.result and "network" in part.options]
    convex = {_problem(part): result for part, result in done if "study" not in part.options}
    return [
        Trial(*_problem(part), part.options["method"], part.options["study"], convex[_problem(part)], result)
        for part, result in done
        if "study" in part.options and _problem(part) in convex
    ]


def findings(parts: Sequence[Part]) -> Findings:
    """Return what the parts show; any of them may be missing."""
    tried = trials(parts)
    networks = dict.fromkeys(trial.network for trial in tried)
    return Findings(
        question=QUESTION,
        answer=_answer(tried),
        facts=(
            "One lead of the MIT-BIH arrhythmia database, the first 3,000 samples, the last fifth of the windows for "
            "testing; standardised on the training part; a column of ones. Our protocol: the claim has no public one.",
            "Every network is judged by one objective in float64; an opponent by its lowest iterate of all its runs.",
        ),
        warnings=tuple(dict.fromkeys(_warnings(parts))),
        comparisons=tuple(_comparisons(tried)),
        sheets=(*(_losses(tried, network) for network in networks), _times(tried), _errors(parts)),
        plots=(_curves(parts), _steps(parts)),
    )


def _problem(part: Part) -> tuple[str, int, float]:
    return part.options["network"], part.options["lags"], part.options["relative"]


def _by_opponent(tried: Sequence[Trial], network: str) -> dict[str, dict[str, float]]:
    """Return method → problem → the excess of the best of all its studies."""
    found: dict[str, dict[str, float]] = {}
    for trial in tried:
        if trial.network == network:
            of_method = found.setdefault(trial.method, {})
            of_method[trial.problem] = min(trial.excess, of_method.get(trial.problem, trial.excess))
    return found


def _answer(tried: Sequence[Trial]) -> str:
    said = []
    for network in dict.fromkeys(trial.network for trial in tried):
        for method, excess in _by_opponent(tried, network).items():
            lower = sum(value > TIE for value in excess.values())
            said.append(
                f"on {network} the convex program was lower than {method} on {lower} of {len(excess)} problems, by "
                f"{_percent(min(excess.values()))} to {_percent(max(excess.values()))}"
            )
    return "; ".join(said) + "." if said else "No convex program and study have both ended yet."


def _comparisons(tried: Sequence[Trial]) -> Iterable[Comparison]:
    for method, excess in _by_opponent(tried, "relu").items():
        lower = sum(value > TIE for value in excess.values())
        higher = sum(value < -TIE for value in excess.values())
        yield Comparison(
            f"convex training reached a lower training loss than {method} on ECG (ReLU)",
            "lower (no figure)",
            f"lower on {lower}, tied on {len(excess) - lower - higher}, higher on {higher}",
            "holds" if lower == len(excess) else "does not hold",
            f"{method}'s best iterate of all studies is {_percent(min(excess.values()))} to "
            f"{_percent(max(excess.values()))} above; below {_percent(TIE)} is a tie",
        )


def _losses(tried: Sequence[Trial], network: str) -> Sheet:
    here = [trial for trial in tried if trial.network == network]
    problems = {(trial.lags, trial.relative): trial.convex for trial in here}
    found = {(trial.method, trial.study, trial.lags, trial.relative): trial for trial in here}
    rows = [
        ("convex: objective", *(f"{convex['objective']:.6g}" for convex in problems.values())),
        (
            "convex: gap to its bound",
            *(
                f"{1.0 - convex['lower_bound'] / convex['objective']:.1e}\n{convex['bound']}"
                for convex in problems.values()
            ),
        ),
    ]
    for method, study in dict.fromkeys((trial.method, trial.study) for trial in here):
        cells = (found.get((method, study, *problem)) for problem in problems)
        rows.append((f"{method}, {study}", *(_above(trial) if trial else UNKNOWN for trial in cells)))
    return Sheet(
        title=f"Training objective, {network}: convex, and how far above it each study's best ended",
        columns=("", *(f"{lags} lags, {relative:g}" for lags, relative in problems)),
        align="l" + "r" * len(problems),
        rows=tuple(rows) if here else (),
        notes=(
            "A column is a problem: lags, and λ/λ₀. Published steps: seven steps, 1000 epochs, halved 20 times; "
            "bracketing: seven steps around the best, 2000 epochs of a cosine; 3 seeds each. Long: the bracketing "
            "steps, 10,000 epochs, one seed. Below each figure its step.",
        ),
    )


def _above(trial: Trial) -> str:
    return f"{_percent(trial.excess)}\n({trial.opponent['step']:g})"


def _times(tried: Sequence[Trial]) -> Sheet:
    rows = []
    for trial in tried:
        convex, opponent = trial.convex, trial.opponent
        rows.append(
            (
                trial.problem,
                f"{trial.method}, {trial.study}",
                _first(convex["curve"], convex["objective"], TOLERANCES[-1]),
                f"{convex['seconds']:.2f} s",
                *(_first(opponent["curve"], convex["objective"], tol) for tol in TOLERANCES),
                f"{opponent['study_seconds']:.0f} s",
            )
        )
    within = [f"within {100 * tol:g} %" for tol in TOLERANCES]
    return Sheet(
        title="Time: the convex program, and an opponent's best run alone, until they are within a tolerance",
        columns=("problem", "opponent", f"convex {within[-1]}", "convex, whole", *within, "whole study"),
        align="llrrrrrr",
        rows=tuple(rows),
        notes=(
            f"Of the convex objective. {UNKNOWN}: not within its epochs. Whole: with the search, or the proof, that no "
            "neuron is missing. One thread each; nobody knows the best run before the study.",
        ),
    )


def _first(curve: Sequence[tuple[float, float]], objective: float, tol: float) -> str:
    at = next((seconds for seconds, value in curve if value <= (1.0 + tol) * objective), None)
    return UNKNOWN if at is None else f"{at:.2f} s"


def _errors(parts: Sequence[Part]) -> Sheet:
    rows = [
        (f"{part.options['lags']} lags", name, f"{value:.5f}")
        for part in parts
        if part.result and "network" not in part.options
        for name, value in part.result.items()
    ]
    for part in parts:
        if part.result and "network" in part.options and part.result["test"] is not None:
            network, lags, relative = _problem(part)
            who = ", ".join(part.options[key] for key in ("method", "study") if key in part.options) or "convex"
            rows.append((f"{lags} lags", f"{network}, λ/λ₀ {relative:g}: {who}", f"{part.result['test']:.5f}"))
    return Sheet(
        title="Squared error on the test rows",
        columns=("windows", "model", "squared error"),
        align="llr",
        rows=tuple(sorted(rows, key=lambda row: (len(row[0]), row[0]))),
        notes=("Of the run with the lowest training objective; nothing was chosen on test rows.",),
    )


def _curves(parts: Sequence[Part]) -> Plot:
    rows = []
    for part in parts:
        if part.result and "network" in part.options:
            network, lags, relative = _problem(part)
            who = ", ".join(part.options[key] for key in ("method", "study") if key in part.options) or "convex"
            lowest = float("inf")
            for seconds, value in part.result["curve"]:
                lowest = min(lowest, value)
                panel = f"{network}, {lags} lags, {relative:g}"
                rows.append({"problem": panel, "run": who, "seconds": max(seconds, 1e-3), "objective": lowest})
    return Plot(
        name="objective-in-time",
        title="Training objective against seconds",
        caption="The lowest objective so far of the convex program, and of the best run of each study trained alone.",
        rows=rows,
        x="seconds",
        y="objective",
        series="run",
        panel="problem",
        log_x=True,
        log_y=True,
    )


def _steps(parts: Sequence[Part]) -> Plot:
    rows = [
        {
            "problem": ", ".join(map(str, _problem(part))),
            "study": f"{part.options['method']}, {part.options['study']}",
            "step_size": step,
            "objective": value,
        }
        for part in parts
        if part.result and "study" in part.options
        for step, value in part.result["by_step"]
    ]
    return Plot(
        name="objective-by-step",
        title="Best objective of each step size",
        caption="A study whose best step is at the end of its line might have gone lower.",
        rows=rows,
        x="step_size",
        y="objective",
        series="study",
        panel="problem",
        log_x=True,
        log_y=True,
    )


def _warnings(parts: Sequence[Part]) -> Iterable[str]:
    for part in parts:
        result = part.result or {}
        if result.get("at_edge") and part.options["study"] != "published steps":
            yield f"{part.key}: the best step, {result['step']:g}, is the largest or the smallest of its study"
    for trial in trials(parts):
        fewer, more = trial.opponent["neurons"], trial.convex["neurons"]
        if fewer < more:
            yield f"{trial.problem}: the network of {trial.method} has {fewer} neurons, the convex one {more}"


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"
