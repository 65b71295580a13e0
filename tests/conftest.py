import os

# A worker of pytest-xdist takes its share of the processors, before NumPy asks how many there are.
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    share = str(max(1, (os.cpu_count() or 1) // int(workers)))
    os.environ.setdefault("OMP_NUM_THREADS", share)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", share)

from hypothesis import settings

settings.register_profile("no timing asserts", deadline=None)
settings.load_profile("no timing asserts")
