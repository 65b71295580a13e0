import numpy as np
import pandas as pd
import pytest

from cvxbench.data.registry import load
from cvxbench.data.series import entry_from_file, load_series, windows
from cvxbench.errors import CvxbenchError

T = 60


def frame(**columns):
    days = pd.date_range("2020-01-01", periods=T).strftime("%Y-%m-%d")
    return pd.DataFrame({"day": days, "price": np.sin(np.arange(T)), "volume": np.arange(T) % 7.0} | columns)


@pytest.fixture
def series_of(tmp_path):
    def made(table, target="price"):
        table.to_csv(tmp_path / "mine.csv", index=False)
        return load_series(entry_from_file(tmp_path / "mine.csv", target))

    return made


def test_a_window_holds_the_lags_of_every_column_and_nothing_of_the_time_it_tells(series_of):
    table = frame()
    found = windows(series_of(table), lags=3)
    assert found.X_train.shape == (45, 7) and found.X_test.shape == (12, 7) and found.last == 0
    known = table.iloc[:48][["price", "volume"]]
    Z = ((table[["price", "volume"]] - known.mean()) / known.std(ddof=0)).to_numpy()
    X, y = np.vstack([found.X_train, found.X_test]), np.concatenate([found.y_train, found.y_test])
    for row, at in enumerate(range(3, T)):
        assert X[row] == pytest.approx([*Z[at - 1], *Z[at - 2], *Z[at - 3], 1.0])
        assert y[row] == pytest.approx(Z[at, 0])


def test_what_test_rows_are_changes_nothing_in_training(series_of):
    table, other = frame(), frame()
    other.loc[48:, ["price", "volume"]] = 1e3
    one, two = (windows(series_of(each), lags=3) for each in (table, other))
    assert np.array_equal(one.X_train, two.X_train) and np.array_equal(one.y_train, two.y_train)
    assert not np.array_equal(one.X_test, two.X_test)
    leaking = [windows(series_of(each), lags=3, standardise="whole").X_train for each in (table, other)]
    assert not np.array_equal(*leaking)


def test_tuning_windows_are_the_end_of_the_training_part(series_of):
    series = series_of(frame())
    whole, inner = windows(series, 3), windows(series, 3, part="train")
    assert len(inner.y_train) == 36 and len(inner.y_test) == 9
    assert np.array_equal(np.vstack([inner.X_train, inner.X_test]), whole.X_train)


BAD = [
    (lambda t: t.iloc[::-1], "row 2 is earlier than the row before it; sort the rows by 'day'"),
    (lambda t: t.iloc[[0, 1, 1, *range(2, T)]], "row 3 has the time of the row before it"),
    (lambda t: t.drop(index=range(20, 30)), "before row 21 there is a gap, 11 times the longest usual step of 'day'"),
    (lambda t: t.assign(volume=3.0), "column 'volume' has one value only; leave it out"),
    (lambda t: t.assign(volume=[1.0] * 50 + [2.0] * 10), "column 'volume' does not vary in the training rows"),
    (lambda t: t.iloc[:12], "12 rows, too few for 3 lags; 23 is the least"),
    (lambda t: t.assign(price=t.price.where(t.price.index != 7)), "column 'price' has no number in 1 rows, row 8 the"),
    (lambda t: t.assign(day=t.day.where(t.day.index != 4)), "column 'day' lacks the time of row 5"),
    (lambda t: t.assign(note="x"), "column 'note' has 'x', which is no number; leave the column out"),
    (lambda t: t.drop(columns="price"), "there is no column 'price'; the columns are day, volume"),
]


@pytest.mark.parametrize(("spoilt", "sentence"), BAD)
def test_a_bad_series_is_refused_in_one_sentence(series_of, spoilt, sentence):
    with pytest.raises(CvxbenchError) as refused:
        windows(series_of(spoilt(frame())), lags=3)
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_weekends_are_no_gaps_and_numbers_may_be_times(series_of):
    days = pd.bdate_range("2020-01-01", periods=T).strftime("%d %B %Y")
    assert series_of(frame(day=days)).columns == ("price", "volume")
    assert series_of(frame(day=np.arange(T) * 0.5)).columns == ("day", "price", "volume")


def test_linear_autoregression_on_the_exchange_is_the_published_one():
    """R² 0.4129 (James et al. 2023, section 10.9.6), MSE 0.6186; yesterday's value has R² 0.180."""
    series = load_series(load().series["nyse"])
    found = windows(series, lags=5, standardise="whole")
    assert found.X_train.shape == (4276, 16) and found.X_test.shape == (1770, 16)
    error = found.y_test - found.X_test @ np.linalg.lstsq(found.X_train, found.y_train, rcond=None)[0]
    assert np.mean(error**2) == pytest.approx(0.6186, abs=5e-5)
    assert 1.0 - np.mean(error**2) / found.y_test.var() == pytest.approx(0.4129, abs=5e-5)
    last = np.mean((found.y_test - found.X_test[:, found.last]) ** 2)
    assert 1.0 - last / found.y_test.var() == pytest.approx(0.180, abs=5e-4)


@pytest.mark.parametrize(("lags", "error"), [(15, 0.01125), (3, 0.01237)])
def test_linear_autoregression_on_the_ecg(lags, error):
    found = windows(load_series(load().series["ecg"]), lags)
    residual = found.y_test - found.X_test @ np.linalg.lstsq(found.X_train, found.y_train, rcond=None)[0]
    assert np.mean(residual**2) == pytest.approx(error, abs=5.1e-6)
