"""The same stream estimated by NannyML's CBPE, in its own environment."""

import json
import os
import sys
import warnings

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
warnings.filterwarnings("ignore")

from bench.quality_streams import ROWS, THRESHOLD, Chunk, chunks, reference  # noqa: E402


def main() -> None:
    """Print, by metric, what is estimated of each chunk, with its bounds."""
    import nannyml as nml  # noqa: PLC0415 - the peer's environment
    import pandas as pd  # noqa: PLC0415

    def frame(chunk: Chunk) -> pd.DataFrame:
        chances, labels = chunk
        said = (chances >= THRESHOLD).astype(int)
        return pd.DataFrame({"chance": chances, "said": said, "truth": labels})

    seed = int(sys.argv[1])
    estimator = nml.CBPE(
        y_pred_proba="chance",
        y_pred="said",
        y_true="truth",
        problem_type="classification_binary",
        metrics=["accuracy", "roc_auc"],
        chunk_size=ROWS,
    ).fit(frame(reference(seed)))
    shown = pd.concat([frame(chunk) for chunk in chunks(seed)], ignore_index=True)
    table = estimator.estimate(shown.drop(columns="truth")).filter(period="analysis").to_df()
    names = ("value", "lower_confidence_boundary", "upper_confidence_boundary")
    told = {
        metric: [table[(metric, name)].tolist() for name in names]
        for metric in ("accuracy", "roc_auc")
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
