import pytest

from cvxbench.data.schema import Dataset
from cvxbench.data.verify import Verdict, verify

IRIS = {"name": "iris", "sources": [{"sklearn": "load_iris"}], "target": "target", "task": "multiclass"}


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"n": 150}, "ok", ""),
        ({"n": 149}, "differs", "n is 150 where 149 is due"),
        ({"sources": [{"sklearn": "load_iris", "sha256": "0" * 64}]}, "differs", "is due"),
        ({"sources": [{"file": "absent.csv"}]}, "skipped", "no such file or directory"),
        ({"sources": [{"file": "absent.csv"}, {"sklearn": "load_iris"}]}, "ok", ""),
    ],
)
def test_a_dataset_is_ok_or_differs_or_cannot_be_had(changes, status, reason, tmp_path):
    verdict = verify(Dataset.model_validate(IRIS | changes), tmp_path)

    assert isinstance(verdict, Verdict)
    assert (verdict.dataset, verdict.status) == ("iris", status)
    assert verdict.reason.endswith(reason)
