"""Tables made by a rule or a formula: the MONK's problems, and Breiman's twonorm, ringnorm and waveforms.

Draws come from `RandomState`, whose stream NumPy has promised never to change (NEP 19): the hash is the same anywhere.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from cvxbench.data.raw import Raw
from cvxbench.data.schema import GeneratedSource
from cvxbench.errors import SourceError

TARGET = "class"
LEVELS = (3, 3, 2, 3, 4, 2)
NORM_ROWS, NORM_FEATURES = 7400, 20
WAVEFORM_ROWS, WAVEFORM_FEATURES, NOISE_FEATURES = 5000, 21, 19

Draw = Callable[[np.random.RandomState], tuple[np.ndarray, np.ndarray]]


def fetch(source: GeneratedSource, cache: Path) -> Raw:
    """Return a generated table; its columns are x1, x2, … (a1, … a6 for the MONK's problems) and "class".

    Numbers have ten significant digits; sha256 is that of the table as CSV with a header.

    Parameters
    ----------
    source : GeneratedSource
        One of monks-1, monks-2, monks-3, or, with a seed, ringnorm, twonorm, waveform, waveform-noise.
    cache : Path
        Not used.

    Raises
    ------
    SourceError
        If there is no such table, or its seed is missing.
    """
    name, seed = source.generated, source.seed
    if name in RULES:
        features, labels = monks(name)
        columns = [f"a{j}" for j in range(1, len(LEVELS) + 1)]
        origin = (
            f"all {len(labels)} points of the {name} rule, once each and without label noise, not the published table"
        )
    elif name in DRAWS:
        if seed is None:
            raise SourceError(f"generated table '{name}' is random and needs a seed; add 'seed: 1' to its source")
        draw, reference = DRAWS[name]
        features, labels = draw(np.random.RandomState(seed))
        columns = [f"x{j}" for j in range(1, features.shape[1] + 1)]
        origin = f"a fresh draw of {name} ({reference}) with seed {seed}, not the published one"
    else:
        raise SourceError(f"there is no generated table '{name}'; there are {', '.join([*RULES, *DRAWS])}")
    drawn = pd.DataFrame(features, columns=columns).assign(**{TARGET: labels.astype(int)})
    csv = drawn.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    frame = pd.read_csv(io.StringIO(csv), dtype={TARGET: str})
    frame = frame.astype({name: float for name in columns} | {TARGET: "category"})
    return Raw(frame, hashlib.sha256(csv.encode()).hexdigest(), origin)


def monks(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return all points of a MONK's problem (Thrun et al. 1991), shape (432, 6), and their labels, shape (432,)."""
    points = np.array(list(product(*(range(1, levels + 1) for levels in LEVELS))))
    return points, RULES[name](points)


def _monks_1(a: np.ndarray) -> np.ndarray:
    return (a[:, 0] == a[:, 1]) | (a[:, 4] == 1)


def _monks_2(a: np.ndarray) -> np.ndarray:
    return (a == 1).sum(axis=1) == 2


def _monks_3(a: np.ndarray) -> np.ndarray:
    return ((a[:, 4] == 3) & (a[:, 3] == 1)) | ((a[:, 4] != 4) & (a[:, 1] != 3))


def twonorm(random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Draw N(±m, I), m = (a, …, a) with a = 2/√20, both classes equally likely; class 1 is that of +m."""
    labels = random.random_sample(NORM_ROWS) < 0.5
    shift = 2 / np.sqrt(NORM_FEATURES)
    noise = random.standard_normal((NORM_ROWS, NORM_FEATURES))
    return noise + np.where(labels, shift, -shift)[:, None], labels


def ringnorm(random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Draw N(0, 4I) for class 0 and N(m, I) for class 1, m = (a, …, a) with a = 2/√20, both equally likely."""
    labels = random.random_sample(NORM_ROWS) < 0.5
    shift = 2 / np.sqrt(NORM_FEATURES)
    noise = random.standard_normal((NORM_ROWS, NORM_FEATURES))
    return np.where(labels[:, None], noise + shift, 2 * noise), labels


def waveform(random: np.random.RandomState, noise_features: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw u·h + (1 − u)·h' + N(0, I) for two of three triangular waves, u uniform, the classes equally likely.

    The waves are h1(t) = max(6 − |t − 11|, 0), h2(t) = h1(t − 4) and h3(t) = h1(t + 4), t = 1, …, 21; the classes
    0, 1, 2 mix h1 and h2, h1 and h3, h2 and h3. `noise_features` columns of N(0, 1) follow.
    """
    labels = random.randint(3, size=WAVEFORM_ROWS)
    mix = random.random_sample((WAVEFORM_ROWS, 1))
    noise = random.standard_normal((WAVEFORM_ROWS, WAVEFORM_FEATURES + noise_features))
    t = np.arange(1, WAVEFORM_FEATURES + 1)
    waves = np.maximum(6 - np.abs(t - np.array([[11], [15], [7]])), 0)
    first, second = waves[np.array([0, 0, 1])[labels]], waves[np.array([1, 2, 2])[labels]]
    signal = np.pad(mix * first + (1 - mix) * second, ((0, 0), (0, noise_features)))
    return signal + noise, labels


RULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"monks-1": _monks_1, "monks-2": _monks_2, "monks-3": _monks_3}
DRAWS: dict[str, tuple[Draw, str]] = {
    "ringnorm": (ringnorm, "Breiman 1996"),
    "twonorm": (twonorm, "Breiman 1996"),
    "waveform": (waveform, "Breiman et al. 1984"),
    "waveform-noise": (partial(waveform, noise_features=NOISE_FEATURES), "Breiman et al. 1984"),
}
