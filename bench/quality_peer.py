"""The same streams estimated by NannyML as it comes, in its own environment.

    python -m bench.quality_peer <kind> <seeds>

Prints, by metric, what is estimated of each thousand rows, with its bounds.
"""

import json
import os
import sys
import warnings
from typing import Any

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402

from bench.quality_streams import NUMBERS, ROWS, TWO, Rows, Stream, every  # noqa: E402

LABELS = ("accuracy", "roc_auc", "f1")
LOSSES = ("mae", "rmse")


def main() -> None:
    """Answer one kind of stream."""
    kind, seeds = sys.argv[1], int(sys.argv[2])
    metrics = (
        LOSSES if kind in NUMBERS else (*LABELS, "average_precision") if kind in TWO else LABELS
    )
    told: dict[str, list[list[float]]] = {metric: [[], [], []] for metric in metrics}
    for stream in every(kind, seeds):
        table = _losses(stream) if kind in NUMBERS else _classes(stream, metrics)
        for metric in metrics:
            names = ("value", "lower_confidence_boundary", "upper_confidence_boundary")
            for place, name in enumerate(names):
                told[metric][place] += table[(metric, name)].tolist()
    print(json.dumps(told))


def _classes(stream: Stream, metrics: tuple[str, ...]) -> Any:  # noqa: ANN401 - a pandas frame
    import nannyml as nml  # noqa: PLC0415 - the peer's environment
    import pandas as pd  # noqa: PLC0415

    many = stream.reference.said.shape[1] > 2
    names = [f"p{k}" for k in range(stream.reference.said.shape[1])]

    def frame(rows: Rows) -> pd.DataFrame:
        if many:
            shown = pd.DataFrame(rows.said, columns=names)
            return shown.assign(said=rows.said.argmax(axis=1), truth=rows.truth)
        said = (rows.said[:, 1] >= stream.threshold).astype(int)
        return pd.DataFrame({"p1": rows.said[:, 1], "said": said, "truth": rows.truth})

    estimator = nml.CBPE(
        y_pred_proba=dict(enumerate(names)) if many else "p1",
        y_pred="said",
        y_true="truth",
        problem_type="classification_multiclass" if many else "classification_binary",
        metrics=list(metrics),
        chunk_size=ROWS,
    ).fit(frame(stream.reference))
    shown = pd.concat([frame(chunk) for chunk in stream.chunks], ignore_index=True)
    return estimator.estimate(shown.drop(columns="truth")).filter(period="analysis").to_df()


def _losses(stream: Stream) -> Any:  # noqa: ANN401 - a pandas frame
    import nannyml as nml  # noqa: PLC0415 - the peer's environment
    import pandas as pd  # noqa: PLC0415

    features = [f"x{k}" for k in range(stream.reference.features.shape[1])]

    def frame(rows: Rows) -> pd.DataFrame:
        shown = pd.DataFrame(np.asarray(rows.features), columns=features)
        return shown.assign(said=rows.said, truth=rows.truth)

    estimator = nml.DLE(
        feature_column_names=features,
        y_pred="said",
        y_true="truth",
        metrics=list(LOSSES),
        chunk_size=ROWS,
    ).fit(frame(stream.reference))
    shown = pd.concat([frame(chunk) for chunk in stream.chunks], ignore_index=True)
    return estimator.estimate(shown.drop(columns="truth")).filter(period="analysis").to_df()


if __name__ == "__main__":
    main()
