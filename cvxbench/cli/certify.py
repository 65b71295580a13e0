"""`cvxbench certify`: how much of a table a network classifies the same after every small change of its inputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvxbench.cli.errors import reported
from cvxbench.cli.numbers import POSITIVE

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cvxbench.data.table import Table
    from cvxbench.relaxation.certify import Certificate
    from cvxbench.relaxation.network import LayeredNetwork

SHOWN = 10  # counterexamples on the terminal
LIMIT = "Seconds of each mixed-integer program: a row that nothing else settles has one for every margin."


@click.command()
@click.argument("model", metavar="MODEL", type=click.Path(path_type=Path))
@click.option(
    "--data", required=True, metavar="TABLE", help="A dataset's name, or a table of yours: FILE, FILE:TARGET."
)
@click.option(
    "--epsilon", required=True, type=POSITIVE, metavar="E", help="How far every feature may move, either way."
)
@click.option("--relative", is_flag=True, help="E counts in standard deviations of each column.")
@click.option("--rows", type=click.IntRange(min=1), metavar="N", help="Only the first N rows.")
@click.option("--time-limit", type=POSITIVE, default=10.0, show_default=True, metavar="S", help=LIMIT)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write a line a row there, as CSV.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the search for examples.")
@reported
def certify(
    model: Path,
    data: str,
    epsilon: float,
    relative: bool,
    rows: int | None,
    time_limit: float,
    output: Path | None,
    seed: int,
) -> None:
    """Certify the classes that MODEL gives to the rows of a table.

    MODEL is an nn.Sequential of linear layers and activations, saved whole by torch.save (.pt, .pth; nothing in it is
    executed), or an ONNX file (needs the package onnx). It takes the table's features as they are, in their order; its
    outputs stand for the classes in their sorted order, a single output for the second class where it is positive.

    Exit codes: 0 done, whatever came out; 2 wrong use, or a model that cannot be bounded.

    Example: cvxbench certify model.onnx --data heart.csv:disease --epsilon 0.1 --relative
    """
    import numpy as np

    from cvxbench.relaxation.certify import certify as certify_rows
    from cvxbench.relaxation.reading import read_network

    network = read_network(model)
    table = _table(data)
    X, labels, classes = _arrays(table)
    box = epsilon * (X.std(axis=0) if relative else np.ones(X.shape[1]))
    X, labels = X[:rows], labels[:rows]
    found = certify_rows(network, X, labels, box, seed=seed, exact_seconds=time_limit)
    lines = _lines(network, X, labels, classes, found, list(table.features.columns))
    if output is not None:
        from cvxbench.cli.files import write

        write(output, lines.to_csv(index=False), "choose another --output")
    _show(found, lines, epsilon, relative)


def _table(data: str) -> Table:
    from cvxbench.cli.own import split_off
    from cvxbench.data.load import load_table
    from cvxbench.data.registry import load

    own, names = split_off([data])
    return load_table(own[0] if own else load().dataset(names[0]))


def _arrays(table: Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the features (n, d), the number of each row's class (n,), and the classes."""
    import numpy as np

    from cvxbench.errors import CvxbenchError

    if table.task == "regression":
        raise CvxbenchError(f"dataset '{table.name}' is a regression; certify is for classes, binary or multiclass")
    for name, column in table.features.items():
        if column.dtype != float or column.isna().any():
            raise CvxbenchError(
                f"dataset '{table.name}', column '{name}': certify takes numbers without gaps, as the network does; "
                "give it the encoded table"
            )
    classes, labels = np.unique(table.target.astype(str), return_inverse=True)
    return table.features.to_numpy(dtype=float), labels, classes


def _lines(
    network: LayeredNetwork,
    X: np.ndarray,
    labels: np.ndarray,
    classes: np.ndarray,
    found: list[Certificate],
    names: list[str],
) -> pd.DataFrame:
    """Return a line for each row: its class, what is known, the margin, and an input of another class if any."""
    import numpy as np
    import pandas as pd

    points = np.array([one.point if one.point is not None else np.full(X.shape[1], np.nan) for one in found])
    outputs = network.predict(np.nan_to_num(points))
    given = (outputs[:, 0] > 0.0).astype(int) if outputs.shape[1] == 1 else np.argmax(outputs, axis=1)
    becomes = [classes[number] if one.point is not None else "" for number, one in zip(given, found, strict=True)]
    about = pd.DataFrame(
        {
            "row": np.arange(len(X)),
            "class": classes[labels],
            "verdict": [one.verdict.name.lower() for one in found],
            "margin": [one.margin for one in found],
            "becomes": becomes,
        }
    )
    return pd.concat([about, pd.DataFrame(points, columns=names)], axis=1)


def _show(found: list[Certificate], lines: pd.DataFrame, epsilon: float, relative: bool) -> None:
    from rich.console import Console

    from cvxbench.relaxation.certify import Verdict
    from cvxbench.report.terminal import print_sheets
    from cvxbench.studies.findings import Sheet

    rows = tuple(
        (verdict.value, str(count), f"{100.0 * count / len(found):.1f} %")
        for verdict in Verdict
        if (count := sum(one.verdict is verdict for one in found))
    )
    sheets = [Sheet("Rows by what is known of them", ("what", "rows", "share"), "lrr", rows)]
    refuted = lines[lines["verdict"] == Verdict.COUNTEREXAMPLE.name.lower()]
    if len(refuted):
        shown = tuple(
            (str(line["row"]), str(line["class"]), str(line["becomes"]), f"{line['margin']:.3g}")
            for _, line in refuted.head(SHOWN).iterrows()
        )
        more = f"{len(refuted) - len(shown)} more; " if len(refuted) > len(shown) else ""
        note = f"{more}--output writes the inputs."
        sheets.append(Sheet("Counterexamples", ("row", "class", "becomes", "margin"), "rllr", shown, (note,)))
    print_sheets(sheets, Console(highlight=False))
    correct = sum(one.verdict is not Verdict.WRONG for one in found)
    certified = sum(one.verdict.certified for one in found)
    unit = " standard deviations" if relative else ""
    click.echo(
        f"\nCertified accuracy {100.0 * certified / len(found):.1f} % ({certified}/{len(found)}) at epsilon "
        f"{epsilon:g}{unit}; accuracy {100.0 * correct / len(found):.1f} % ({correct}/{len(found)})."
    )
