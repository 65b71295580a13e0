import hashlib

import numpy as np
import pytest
from sklearn.datasets import load_iris

from cvxbench.data import registry
from cvxbench.data.load import load_table
from cvxbench.data.schema import SklearnSource
from cvxbench.data.sources import bundled

BUNDLED = ["breast-cancer-wisc-diag", "diabetes", "digits", "iris", "linnerud", "wine"]


@pytest.mark.parametrize("name", BUNDLED)
def test_scikit_learns_tables_need_no_download_and_are_what_their_entries_say(name, tmp_path):
    table = load_table(registry.load().dataset(name), tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert len(table.features) == len(table.target)
    assert table.origin.startswith("scikit-learn's load_")


def test_iris_is_iris():
    table = load_table(registry.load().dataset("iris"))

    X, y = load_iris(return_X_y=True)
    np.testing.assert_array_equal(table.features.to_numpy(), X)
    assert [list(np.unique(table.target)).index(label) for label in table.target] == list(y)
    assert set(table.target) == {"setosa", "versicolor", "virginica"}


def test_the_hash_is_of_ten_digits_as_csv(tmp_path):
    X, y = load_iris(return_X_y=True)
    text = "".join(",".join(format(x, ".10g") for x in (*row, label)) + "\n" for row, label in zip(X, y, strict=True))

    assert (
        bundled.fetch(SklearnSource(sklearn="load_iris"), tmp_path).sha256 == hashlib.sha256(text.encode()).hexdigest()
    )


def test_the_hash_does_not_see_the_last_bits_or_the_sign_of_zero():
    numbers = np.array([[1.0, -0.0], [0.1 + 0.2, 1e-300]])
    other = np.array([[1.0 + 1e-15, 0.0], [0.3, 1e-300]])

    assert bundled.as_text(numbers) == bundled.as_text(other) == "1,0\n0.3,1e-300\n"
