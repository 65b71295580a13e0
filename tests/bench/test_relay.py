"""Child processes: each as a fresh interpreter would be, however it began."""

import os
import time

from cvxbench.bench import pool
from cvxbench.bench.relay import Child, Limits, pickled

LIMITS = Limits(pool.THREADS, 4.0)
PATIENCE = 60.0


def test_a_process_has_the_environment_of_its_own_beginning(monkeypatch):
    monkeypatch.setenv("CVXBENCH_OF_THE_FIRST", "1")
    with Child(LIMITS) as first:
        assert first.call(pickled(os.getenv, ["CVXBENCH_OF_THE_FIRST"]), PATIENCE).result() == "1"
        monkeypatch.delenv("CVXBENCH_OF_THE_FIRST")
        monkeypatch.setenv("CVXBENCH_OF_THE_SECOND", "2")
        with Child(LIMITS) as second:
            assert second.call(pickled(os.getenv, ["CVXBENCH_OF_THE_FIRST"]), PATIENCE).result() is None
            assert second.call(pickled(os.getenv, ["CVXBENCH_OF_THE_SECOND"]), PATIENCE).result() == "2"


def test_a_process_begins_where_the_program_is_now(monkeypatch, tmp_path):
    with Child(LIMITS) as first:
        first.call(pickled(os.getpid, []), PATIENCE)
        monkeypatch.chdir(tmp_path)
        with Child(LIMITS) as second:
            assert second.call(pickled(os.getcwd, []), PATIENCE).result() == str(tmp_path)


def test_a_process_that_was_ended_is_followed_by_another():
    with Child(LIMITS) as child:
        before = child.call(pickled(os.getpid, []), PATIENCE).result()
        assert child.call(pickled(time.sleep, [60]), 0.5).how == "late"
        assert child.call(pickled(os._exit, [7]), PATIENCE).exitcode == 7
        assert child.call(pickled(os.getpid, []), PATIENCE).result() != before


def test_nothing_that_a_process_does_is_seen_by_the_next(tmp_path):
    for _ in range(2):
        with Child(LIMITS) as child:
            assert child.call(pickled(os.getcwd, []), PATIENCE).result() != str(tmp_path)
            child.call(pickled(os.chdir, [str(tmp_path)]), PATIENCE)
            assert child.call(pickled(os.getcwd, []), PATIENCE).result() == str(tmp_path)
