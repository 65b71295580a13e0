from cvxbench.bench.alone import with_own_times
from cvxbench.bench.records import Verdict


def study(*bests):
    return [
        Verdict(
            "diverged" if best is None else "budget-reached",
            "",
            best=best or 0.1,
            seconds=12.0,
            iterations=4,
            trace=[(0, 0.0, 1.0), (4, 12.0, best or 99.0)],
        )
        for best in bests
    ]


def test_the_winner_and_the_default_are_trained_alone_and_the_rest_keep_the_winners_pace():
    asked = []

    def retrain(number):
        asked.append(number)
        return {0: 0.0, 4: {1: 2.0, 2: 3.0}[number]}

    verdicts = with_own_times(study(0.5, 0.2, 0.7, None), 2, retrain)
    assert sorted(asked) == [1, 2]
    assert [verdict.seconds for verdict in verdicts] == [2.0, 2.0, 3.0, 2.0]
    assert verdicts[2].trace == [(0, 0.0, 1.0), (4, 3.0, 0.7)]
    assert sum(verdict.spent for verdict in verdicts) == 12.0


def test_a_study_of_which_nothing_is_left_keeps_the_time_of_the_batch():
    verdicts = with_own_times([*study(None, None), Verdict("crashed", "no")], None, lambda number: {})
    assert [verdict.seconds for verdict in verdicts] == [12.0, 12.0, None]
