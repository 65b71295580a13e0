"""A scheduler and workers started by hand on the loopback address, and what may go wrong with them."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from cvxbench.bench import suite as suites
from cvxbench.bench.cluster import Cluster, local
from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.executor import Call
from cvxbench.bench.relay import Child, Limits
from cvxbench.bench.run import opened
from cvxbench.bench.store import Store
from cvxbench.bench.worker import Data
from cvxbench.data.registry import load
from cvxbench.errors import CvxbenchError

UNSAMPLED = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def dask(*line, site, cache):
    """Start `dask` as one would by hand; what it runs is ended with it."""
    environment = os.environ | UNSAMPLED | {"PYTHONPATH": str(site), "CVXBENCH_CACHE": str(cache)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, "-m", "dask", *line], env=environment, stdout=quiet, stderr=quiet)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def scheduler(port, **where):
    return dask("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", **where)


def worker(port, *options, **where):
    address = f"tcp://127.0.0.1:{port}"
    return dask("worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", *options, **where)


@pytest.fixture
def where(toys, tmp_path):
    return {"site": tmp_path / "site", "cache": tmp_path / "cache"}


def suite_of(methods, *, datasets=("iris",), own=(), lambdas=(0.01,), **limits):
    known = load()
    return suites.narrowed(
        suites.load("uci-mini", known), known, datasets=datasets, own=own, methods=methods, networks=["relu"],
        lambdas=lambdas, **limits,
    )  # fmt: skip


def run(folder, suite, port, progress=lambda task, status: None):
    with opened(folder, suite, threads=1, jobs=1) as store:
        execute(Bench(store, folder, suite, 1, progress, f"tcp://127.0.0.1:{port}" if port else None))
    return content(folder)


def content(folder):
    with Store(folder) as store:
        return {
            (a.planned.method, a.planned.lam, a.id): replace(
                a.verdict,
                seconds=None,
                cost=None,
                contended=False,
                trace=[(i, value) for i, _, value in a.verdict.trace],
            )
            for a in store.attempts()
        }


def test_workers_by_hand_give_the_same_answers_to_the_last_bit(tmp_path, where):
    table = tmp_path / "mine.csv"
    table.write_text("\n".join(["a,b,y", *[f"{i},{(i * 7) % 11},{(-1) ** i * i}" for i in range(20)]]))
    from cvxbench.data.own import dataset_from_file

    suite = suite_of(["al", "adam"], datasets=(), own=[dataset_from_file(table)], lambdas=(0.1, 0.001))
    suite = replace(suite, budget=replace(suite.budget, epochs=5))
    alone = run(tmp_path / "alone", suite, None)
    port = free_port()
    with scheduler(port, **where), worker(port, **where) as process:  # with a nanny, as `dask worker` has by default
        assert run(tmp_path / "cluster", suite, port) == alone
        process.terminate()
        assert process.wait(timeout=60) == 0
    with Store(tmp_path / "cluster") as store:
        (machine,) = store.meta("sessions")[-1]["machines"]
        assert machine["host"] == socket.gethostname()
        assert not any(attempt.verdict.contended for attempt in store.attempts())


@pytest.mark.slow
def test_poison_ends_itself_alone(tmp_path, where):
    port = free_port()
    suite = suite_of(
        ["toy_suicide", "toy_abort", "toy_hungry", "toy_deaf", "toy_crash", "toy_zero"],
        time_limit=1.0,
        memory_limit=2.0,
    )
    with scheduler(port, **where), worker(port, "--no-nanny", **where) as process:
        ends = run(tmp_path / "run", suite, port)
        assert process.poll() is None
    assert {method: verdict.status for (method, _, _), verdict in ends.items()} == {
        "toy_suicide": "killed",
        "toy_abort": "crashed",
        "toy_hungry": "out-of-memory",
        "toy_deaf": "killed",
        "toy_crash": "crashed",
        "toy_zero": "converged",
    }


@pytest.mark.slow
def test_a_scheduler_and_a_worker_that_are_lost_come_back(tmp_path, where):
    port = free_port()
    suite = suite_of(["toy_zero"], lambdas=tuple(0.01 + 0.001 * i for i in range(40)))
    with ExitStack() as stack:
        first = stack.enter_context(scheduler(port, **where))
        lost = stack.enter_context(worker(port, "--no-nanny", **where))
        ended = []

        def progress(task, status):
            ended.append(status)
            if len(ended) == 8:
                lost.kill()
                stack.enter_context(worker(port, "--no-nanny", **where))
            if len(ended) == 20:
                first.kill()
                first.wait()
                stack.enter_context(scheduler(port, **where))
                stack.enter_context(worker(port, "--no-nanny", **where))

        ends = run(tmp_path / "run", suite, port, progress)
    assert {verdict.status for verdict in ends.values()} == {"converged"} and len(ended) == len(ends) == 40


def test_no_scheduler_is_one_sentence(tmp_path, where, monkeypatch):
    monkeypatch.setattr("cvxbench.bench.cluster.ANSWER", 0.5)
    with pytest.raises(CvxbenchError, match="no Dask scheduler answers at tcp://127"):
        run(tmp_path / "run", suite_of(["toy_zero"]), free_port())


def test_workers_of_ones_own_are_bound_to_loopback(where):
    with local(1) as address:
        assert address.startswith("tcp://127.0.0.1:")
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, text=True)
        import psutil

        processes = [psutil.Process(int(pid)) for pid in children.stdout.split() if psutil.pid_exists(int(pid))]
        mine = [psutil.Process(), *processes]
        heard = {c.laddr.ip for process in mine for c in process.net_connections("inet") if c.status == "LISTEN"}
    assert heard == {"127.0.0.1"}


@pytest.fixture
def two_workers():
    limits = Limits(threads=1, memory=2.0)
    with Child(limits) as child, local(2) as address, Cluster(address, child, limits) as cluster:
        yield cluster


def values(cluster, calls):
    tickets = [cluster.submit(call) for call in calls]
    ends = dict(cluster.ended() for _ in tickets)
    return [ends[ticket].result() for ticket in tickets]


def test_calls_on_one_table_go_to_every_worker(two_workers):
    data = Data(load().dataset("iris").model_dump_json(), 0, False, False)
    two_workers.load(data, 60.0)
    two_workers.ended()
    given = values(two_workers, [Call(dict, [], 60.0, data)] * 4)  # each returns {"rows": a file of its worker's}
    assert len({made["rows"].parent for made in given}) == 2
    assert len({made["rows"].name for made in given}) == 1


def test_an_attempt_has_the_allocator_that_it_has_without_dask(two_workers):
    assert values(two_workers, [Call(os.getenv, ["MALLOC_TRIM_THRESHOLD_"], 60.0)] * 2) == [None, None]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs the alarm of POSIX")
@pytest.mark.slow
def test_limits_hold_within_a_tenth(tmp_path, toys, monkeypatch):
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "log"))
    at, limit = {}, 40.0  # of which 2 % must be time enough for the system to end it
    suite = suite_of(["toy_sleeper", "toy_hoarder"], time_limit=limit, memory_limit=1.5)
    with opened(tmp_path / "run", suite, 1, 1) as store:

        def told(task, status):
            if task.attempts:
                at[task.attempts[0].planned.method] = time.monotonic()

        execute(Bench(store, tmp_path / "run", suite, 1, told))
    said = dict(line.split() for line in (tmp_path / "log").read_text().splitlines())
    ends = {method: verdict.status for (method, _, _), verdict in content(tmp_path / "run").items()}
    assert ends == {"toy_sleeper": "killed", "toy_hoarder": "out-of-memory"}
    assert limit <= at["toy_sleeper"] - float(said["toy_sleeper"]) <= 1.1 * limit
    assert 0.9 * 1.5 <= float(said["toy_hoarder"]) / 2**20 <= 1.1 * 1.5
