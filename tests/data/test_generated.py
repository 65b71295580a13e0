import hashlib

import numpy as np
import pytest

from cvxbench.data.schema import GeneratedSource
from cvxbench.data.sources import generated
from cvxbench.errors import SourceError

DRAWN = ["ringnorm", "twonorm", "waveform", "waveform-noise"]
SHIFT = 2 / np.sqrt(20)


def _raw(name, seed=1, cache=None):
    return generated.fetch(GeneratedSource(generated=name, seed=seed), cache)


def _arrays(name, seed=1):
    frame = _raw(name, seed).frame
    return frame.drop(columns="class").to_numpy(), frame["class"].astype(str).to_numpy().astype(int)


@pytest.mark.parametrize(("name", "positive"), [("monks-1", 216), ("monks-2", 142), ("monks-3", 228)])
def test_monks_have_the_published_class_counts(name, positive):
    X, y = _arrays(name, seed=None)
    assert X.shape == (432, 6)
    assert len(np.unique(X, axis=0)) == 432
    assert y.sum() == positive


def test_monks_rules_on_points_of_the_published_files():
    points, _ = generated.monks("monks-1")
    rows = {tuple(point): i for i, point in enumerate(points.tolist())}
    labels = {name: generated.monks(name)[1] for name in ("monks-1", "monks-2", "monks-3")}
    for point, expected in {
        (1, 1, 1, 1, 1, 1): (1, 0, 1),
        (1, 1, 1, 1, 1, 2): (1, 0, 1),
        (1, 1, 2, 2, 3, 2): (1, 1, 1),
        (1, 3, 2, 1, 4, 2): (0, 1, 0),
        (3, 3, 2, 1, 3, 2): (1, 0, 1),
    }.items():
        assert tuple(int(labels[name][rows[point]]) for name in labels) == expected


def test_twonorm_has_its_bayes_error():
    X, y = _arrays("twonorm")
    assert X.shape == (7400, 20)
    error = np.mean((X.sum(axis=1) > 0) != y)
    assert error == pytest.approx(0.02275, abs=0.006)  # Φ(−2), three standard errors
    np.testing.assert_allclose(X[y == 1].mean(axis=0), SHIFT, atol=0.08)
    np.testing.assert_allclose(np.cov(X[y == 0].T), np.eye(20), atol=0.1)


def test_ringnorm_has_its_bayes_error():
    X, y = _arrays("ringnorm")
    assert X.shape == (7400, 20)
    wide = -0.5 * (X**2).sum(axis=1) / 4 - 20 * np.log(2)
    narrow = -0.5 * ((X - SHIFT) ** 2).sum(axis=1)
    assert np.mean((narrow > wide) != y) == pytest.approx(0.0135, abs=0.004)
    np.testing.assert_allclose(X[y == 0].std(axis=0), 2, atol=0.1)


@pytest.mark.parametrize(("name", "d"), [("waveform", 21), ("waveform-noise", 40)])
def test_waveform_classes_have_the_mean_of_their_two_waves(name, d):
    X, y = _arrays(name)
    assert X.shape == (5000, d)
    triangle = [0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1, 0]
    waves = np.zeros((3, d))
    for wave, first in zip(waves, (5, 9, 1), strict=True):
        wave[first - 1 : first + 12] = triangle
    for label, (one, other) in enumerate([(0, 1), (0, 2), (1, 2)]):
        members = X[y == label]
        assert len(members) / 5000 == pytest.approx(1 / 3, abs=0.02)
        np.testing.assert_allclose(members.mean(axis=0), (waves[one] + waves[other]) / 2, atol=0.2)
        spread = np.sqrt(1 + (waves[one] - waves[other]) ** 2 / 12)
        np.testing.assert_allclose(members.std(axis=0), spread, atol=0.1)


@pytest.mark.parametrize("name", ["monks-1", "monks-2", "monks-3", *DRAWN])
def test_the_bytes_are_those_of_the_seed(name):
    first, again = _raw(name), _raw(name)
    assert first.sha256 == again.sha256
    assert first.frame.equals(again.frame)
    csv = first.frame.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    if name in DRAWN:
        assert first.sha256 == hashlib.sha256(csv.encode()).hexdigest()
        assert first.sha256 != _raw(name, seed=2).sha256


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("monks-2", "56cfa62c7b005c4c75e52fc20c9e305417af7f53e14a83e8c71126d147dbce2b"),
        ("twonorm", "c8472e58684784ccc89725a9b1f9050800950e86ae4f839f9443116abbdfa318"),
        ("waveform", "b35832a2e0c5aba5c14b237f25e984a75384d583eba9b3cae639cb118662dc4f"),
    ],
)
def test_the_bytes_do_not_change_with_the_version_of_numpy(name, sha256):
    assert _raw(name).sha256 == sha256


def test_the_origin_says_that_this_is_not_the_published_sample():
    assert "without label noise" in _raw("monks-3").origin
    assert (
        _raw("ringnorm", seed=7).origin == "a fresh draw of ringnorm (Breiman 1996) with seed 7, not the published one"
    )


@pytest.mark.parametrize(
    ("name", "seed", "words"),
    [
        ("threenorm", 1, "there is no generated table 'threenorm'; there are monks-1, "),
        ("twonorm", None, "needs a seed"),
    ],
)
def test_what_cannot_be_made_is_said(name, seed, words):
    with pytest.raises(SourceError, match=words):
        _raw(name, seed)
