"""Seeds by name: the published ones, or derived from the run's seed, the dataset and the purpose."""

from __future__ import annotations

import hashlib

PUBLISHED = {"split": 1995, "gates": 650, "folds": 1995}  # Mishkin, Sahiner, Pilanci 2022


def seed_for(run_seed: int | None, dataset: str, purpose: str, repeat: int = 0) -> int:
    """Return the seed of `purpose` ("split", "gates", "start", "folds") on a dataset, the same for every method.

    Without a run seed, split, gates and folds have the published seeds; everything else, and every seed of a seeded
    run, is the hash of its name.
    """
    if run_seed is None and purpose in PUBLISHED:
        return PUBLISHED[purpose]
    name = f"{run_seed}/{dataset}/{purpose}/{repeat}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:4], "big")
