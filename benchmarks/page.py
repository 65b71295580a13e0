"""convex.md and convex.svg, written from the raw values alone."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks import curves, rows
from benchmarks.cases import FEW_GATES, GATES, LAMBDAS
from benchmarks.curves import Point
from benchmarks.judge import TARGET
from benchmarks.race import REFERENCE
from benchmarks.results import Line, geometric_mean, lines
from benchmarks.rows import Row

HEAD = Path(__file__).with_name("convex-head.md")
ROWS = {"n": "rows n", "d": "features d", "P": "gates P", "k": "outputs k"}


def write(raw: Path, relu_raw: Path, curves_raw: Path, page: Path, figure: Path) -> None:
    """Write the page and, if there are curves, the figure."""
    found = rows.read(raw)
    points, relu_rows = curves.read(curves_raw), rows.read(relu_raw)
    parts = [HEAD.read_text(encoding="utf-8").rstrip()]
    for gates in (GATES, FEW_GATES):
        of_size = [line for line in lines(found) if line.peers and line.example.gates == gates]
        if of_size:
            parts += [f"## {gates} gates", _race(of_size), _summary(of_size)]
    parts += ["## What the answers prove by themselves", _own_gaps(found)]
    if relu_rows:
        parts += ["## The ReLU program, apart", _relu(relu_rows)]
    if points:
        draw(points, figure)
        parts += ["## How our cost grows", _curves(points), f"![cost against each size]({figure.name})"]
    parts += ["## Machine and versions", _environment(found)]
    page.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _race(found: list[Line]) -> str:
    names = list(dict.fromkeys(name for line in found for name in line.peers))
    table = [["table", "n × d", "patterns", "λ", "ours", *names, "best peer", "best peer / ours"]]
    for line in found:
        row = line.example
        times = [str(line.peers.get(name, "")) for name in names]
        sizes = [f"{row.n} × {row.d}", str(row.patterns), f"{row.lam:g}"]
        table.append([row.dataset, *sizes, str(line.ours), *times, *_best(line)])
    return _markdown(table)


def _best(line: Line) -> tuple[str, str]:
    if not line.ours.reached:
        return line.best, "missed"
    ratio = f"{line.ratio(line.best):.1f}"
    return (line.best, ratio) if line.peers[line.best].reached else ("none", f"≥ {ratio}")


def _summary(found: list[Line]) -> str:
    table = [["peer time / ours", *(f"λ = {lam:g}" for lam in LAMBDAS), "all", "reached alone", "least", "reached"]]
    met = [line for line in found if line.ours.reached]
    names = list(dict.fromkeys(name for line in met for name in line.peers))
    for title, name in [("**best peer**", None), *((name, name) for name in names)]:
        raced = [(line, name or line.best) for line in met if name is None or name in line.peers]
        ratios = [(line.example.lam, line.ratio(who)) for line, who in raced]
        cells = [[ratio for lam, ratio in ratios if lam == column] for column in LAMBDAS]
        every = [ratio for _, ratio in ratios]
        reached = [line.ratio(who) for line, who in raced if line.peers[who].reached]
        means = [f"{geometric_mean(cell):.1f}" if cell else "" for cell in (*cells, every, reached)]
        table.append([title, *means, f"{min(every):.2f}", f"{len(reached)} of {len(raced)}"])
    note = (
        f"{_headline([line for line in met if line.peers[line.best].reached])} Our engine missed the target in "
        f"{len(found) - len(met)} of {len(found)} cases. Below, geometric means: where a peer did not reach the target "
        "its limit stands for its time, a lower bound, but not under *reached alone*."
    )
    return f"{note}\n\n{_markdown(table)}"


def _headline(reached: list[Line]) -> str:
    if not reached:
        return "No peer reached the target."
    ratios = [line.ratio(line.best) for line in reached]
    return (
        f"**Over the {len(ratios)} cases in which a peer reached the target, the best peer took "
        f"{geometric_mean(ratios):.1f} times as long as ours (geometric mean), at least {min(ratios):.2f} times.**"
    )


def _own_gaps(found: list[Row]) -> str:
    table = [["solver", "median gap by own residual", "largest", "median above the proven optimum"]]
    for name in dict.fromkeys(row.solver for row in found if row.solver != REFERENCE):
        reached = [row for row in found if row.solver == name and row.status == rows.REACHED]
        if reached:
            gaps = [row.own_gap for row in reached]
            above = median(row.above for row in reached)
            table.append([name, f"{median(gaps):.1e}", f"{max(gaps):.1e}", f"{above:.1e}"])
    note = (
        f"Of the answers that reached the target, a gap of {TARGET:g} by their own residual. The last column is how "
        "far the objective really is above the optimum: what a gap proves is always more cautious."
    )
    return f"{note}\n\n{_markdown(table)}"


def _relu(found: list[Row]) -> str:
    names = list(dict.fromkeys((row.solver, row.setting) for row in found))
    table = [["table", "n × d", "patterns", "λ", *(f"{solver} ({setting})" for solver, setting in names)]]
    for case in dict.fromkeys(row.case for row in found):
        of_case = {(row.solver, row.setting): row for row in found if row.case == case}
        first = next(iter(of_case.values()))
        cells = [f"{of_case[name].seconds:.3f} s, {of_case[name].above:+.0e}" for name in names if name in of_case]
        table.append([first.dataset, f"{first.n} × {first.d}", str(first.patterns), f"{first.lam:g}", *cells])
    note = (
        "The constrained program of a few sampled patterns. Ours proves its gap to the program's optimum. "
        f"The clock of scnn's augmented Lagrangian (AL) stops when its ReLU network is within {TARGET:g} of Clarabel's "
        "optimum, at the limit, or when it stops itself; behind the time is how far above that optimum the network is. "
        "It can be below: weights outside their cones are a network with patterns that were not sampled."
    )
    return f"{note}\n\n{_markdown(table)}"


def _curves(points: list[Point]) -> str:
    table = [["size", "from", "to", "seconds", "exponent", "exponent of the larger half"]]
    for axis in curves.AXES:
        curve = curves.medians(points, axis)
        if len(curve) < 4:
            continue
        sizes, seconds = list(curve), list(curve.values())
        upper = dict(list(curve.items())[len(curve) // 2 :])
        spread = f"{seconds[0]:.3f} to {seconds[-1]:.3f}"
        exponents = [f"{curves.exponent(part):.2f}" for part in (curve, upper)]
        table.append([ROWS[axis], str(sizes[0]), str(sizes[-1]), spread, *exponents])
    base = curves.Size()
    note = (
        f"Synthetic data, one size at a time, the others n = {base.n}, d = {base.d}, P = {base.P}, k = {base.k}; "
        f"λ = λ_max/{curves.SHARE:g}, relative gap {curves.TOL:g}; medians over {curves.SEEDS} seeds. Exponents are "
        "slopes of log time against log size by least squares."
    )
    return f"{note}\n\n{_markdown(table)}"


def _environment(found: list[Row]) -> str:
    versions = sorted({f"{row.solver} {row.version}" for row in found if row.solver != REFERENCE})
    walls = [row.wall_seconds / row.seconds for row in found if row.seconds > 0.1]
    shared = f"; median wall / processor time {median(walls):.2f}" if walls else ""
    loads = [row.load for row in found]
    cpus = ", ".join(sorted({row.cpu for row in found}))
    began, ended = (pick(row.started for row in found)[:10] for pick in (min, max))
    return "\n".join(
        [
            f"- {cpus}; one thread; load average {min(loads):.1f} to {max(loads):.1f}{shared}",
            f"- {'; '.join(versions)}",
            f"- measured {began} to {ended}",
        ]
    )


def _markdown(table: list[list[str]]) -> str:
    head, *body = (f"| {' | '.join(cells)} |" for cells in table)
    return "\n".join([head, "|" + "---|" * len(table[0]), *body])


def draw(points: list[Point], path: Path) -> None:
    """Draw seconds against each size, one panel each, on logarithmic axes."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "cvxbench"
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(curves.AXES), figsize=(12, 3), sharey=True, layout="constrained")
    for panel, axis in zip(panels, curves.AXES, strict=True):
        curve = curves.medians(points, axis)
        if not curve:
            continue
        measured = [(getattr(point, axis), point.seconds) for point in points if point.axis == axis]
        panel.loglog(*zip(*measured, strict=True), ".", color="0.6")
        panel.loglog(list(curve), list(curve.values()), color="C0")
        panel.set_title(f"{ROWS[axis]}: exponent {curves.exponent(curve):.2f}", fontsize=10)
        panel.grid(True, which="both", alpha=0.2)
    panels[0].set_ylabel("processor seconds")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
