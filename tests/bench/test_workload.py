from threadpoolctl import threadpool_info

from cvxbench.bench.manifest import manifest
from cvxbench.bench.workload import workload_seconds


def test_every_manifest_has_the_speed_of_its_machine():
    assert 0.0 < manifest(threads=1, jobs=1)["workload_seconds"] < 10.0


def test_the_workload_leaves_the_threads_of_blas_as_they_were():
    before = threadpool_info()
    workload_seconds(1)
    assert threadpool_info() == before
