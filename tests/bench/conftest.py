import textwrap

import pytest

TOYS = {
    "toy_zero": "return Outcome(zero(problem), Status.CONVERGED, 'zero', 1)",
    "toy_crash": "raise ValueError('as asked')",
    "toy_suicide": "os.kill(os.getpid(), signal.SIGKILL)",
    "toy_abort": "os.abort()",
    "toy_hungry": "np.ones((40, 2**30 // 8))",
    "toy_frugal": "np.ones(2**30 // 8); return Outcome(zero(problem), Status.CONVERGED, 'zero', 1)",
    "toy_keeper": """
        try:
            while True:
                kept.append(np.ones(2**21))
        except MemoryError:
            del kept[-32:]  # 512 MiB
        return Outcome(zero(problem), Status.CONVERGED, 'zero', 1)
    """,
    "toy_deaf": "time.sleep(1000)",
    "toy_sleeper": "say('toy_sleeper', time.monotonic()); time.sleep(1000)",
    "toy_hoarder": """
        held = []
        while True:
            held.append(np.ones(2**21))  # 16 MiB
            lines = open('/proc/self/status').read().splitlines()
            say('toy_hoarder', next(line.split()[1] for line in lines if line.startswith('VmData')))  # KiB
    """,
    "toy_slow": """
        iteration = 0
        while True:
            iteration += 1
            time.sleep(0.005)
            if watch.due(iteration) and (ended := watch.see(iteration, zero(problem))):
                return ended
    """,
    "toy_liar": "return Outcome(huge(problem), Status.CONVERGED, 'trust me', 1)",
    "toy_nan": "return Outcome(huge(problem, np.nan), Status.CONVERGED, 'trust me', 1)",
}

MODULE = """
import os, signal, time
import numpy as np
from cvxbench.attempt import Method, Outcome, Status, one_by_one
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable

def zero(problem):
    return huge(problem, 0.0)

def huge(problem, value=1e200):
    d, k = problem.X.shape[1], problem.Y.shape[1]
    return Separable(tuple(ReLUNetwork(np.full((d, 1), value), np.full(1, value)) for _ in range(k)))

def say(name, value):
    with open(os.environ["TOY_LOG"], "a") as log:
        log.write(f"{name} {value}\\n")

def die(data):
    os.kill(os.getpid(), signal.SIGKILL)

def method(name, train, **more):
    return Method(name, name, ("relu",), train, lambda budget: [{}], {}, convex=True, **more)

def all_at_once(problem, settings, budget, watches):
    return [Outcome(zero(problem), Status.CONVERGED, f"{len(settings)} together", 1) for _ in settings]

toy_batch = Method("toy_batch", "", ("relu",), all_at_once, lambda budget: [{"step": s} for s in (1.0, 2.0)],
                   {"step": 1.0}, convex=False, repeats=True, at_once=True)
not_a_method = 3
kept = []
"""


@pytest.fixture
def toys(tmp_path, monkeypatch):
    """Install the toy methods as a third party would: a package with entry points, visible to workers too."""
    site = tmp_path / "site"
    info = site / "toys-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n")
    code = MODULE
    for name, body in TOYS.items():
        indented = textwrap.indent(textwrap.dedent(body).strip(), "    ")
        code += f"\ndef train_{name}(problem, setting, budget, watch):\n{indented}\n"
        code += f"{name} = method('{name}', one_by_one(train_{name}))\n"
    (site / "toys.py").write_text(code)
    (site / "broken_toys.py").write_text("1 / 0")
    lines = [f"{name} = toys:{name}" for name in [*TOYS, "toy_batch", "not_a_method"]]
    (info / "entry_points.txt").write_text(
        "\n".join(["[cvxbench.methods]", *lines, "absent = toys:absent", "broken = broken_toys:METHOD"])
    )
    monkeypatch.syspath_prepend(str(site))
    return list(TOYS)
