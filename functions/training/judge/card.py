"""The model card that a package carries in the SageMaker Model Registry.

Its schema: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html
"""

import json
import math
from typing import Any

from tidemill.contract import LOWER_IS_BETTER
from tidemill.evaluation import Evaluation
from tidemill.records import Verdict

TEXT = 2048
NOTE = 1024
WHOLE = 100_000
ROLES = ("challenger", "champion", "baseline", "default")


def card(evaluation: Evaluation, verdict: Verdict, known: dict[str, str], artifact_uri: str) -> str:
    """The card's JSON: what the model is for, how it was trained, and how well it does.

    `known` is the lineage. Texts are cut to the schema's lengths, the whole fits into 100,000.
    """
    content = {
        "model_overview": {"model_creator": "Tidemill", "model_artifact": [artifact_uri[:NOTE]]},
        "intended_uses": _uses(evaluation, known),
        "training_details": _training(evaluation, known),
        "evaluation_details": _evaluations(evaluation, verdict),
        "additional_information": {
            "caveats_and_recommendations": "; ".join(evaluation.notes)[:TEXT] or "none known",
            "custom_details": {name: value[:NOTE] for name, value in known.items()},
        },
    }
    text = json.dumps(content)
    if len(text) > WHOLE:
        raise ValueError(f"the model card has {len(text)} characters, the registry takes {WHOLE}")
    return text


def _uses(evaluation: Evaluation, known: dict[str, str]) -> dict[str, str]:
    target = (evaluation.model_extra or {}).get("target", "the target")
    purpose = f"Predict {target} ({evaluation.task}) for the pipeline {known['pipeline']}"
    return {
        "purpose_of_model": purpose[:TEXT],
        "intended_uses": "Rows that meet the pipeline's contract; drift is watched while it serves",
        "risk_rating": "Unknown",
        "explanations_for_risk_rating": "Whoever uses the predictions has to rate their risk",
    }


def _training(evaluation: Evaluation, known: dict[str, str]) -> dict[str, Any]:
    function = "Minimize" if evaluation.metric in LOWER_IS_BETTER else "Maximize"
    chosen = (evaluation.model_extra or {}).get("chosen", {})
    rows = evaluation.rows
    return {
        "objective_function": {"function": {"function": function, "facet": evaluation.metric}},
        "training_observations": f"{evaluation.delivered}; trained on {rows.get('train', 0)} rows, "
        f"validated on {rows.get('validation', 0)}",
        "training_job_details": {
            "training_datasets": [known["dataset_version"]],
            "hyper_parameters": [
                {"name": name[:255], "value": str(value)[:255]}
                for name, value in _flat(chosen)
                if str(value)
            ][:100],
        },
    }


def _evaluations(evaluation: Evaluation, verdict: Verdict) -> list[dict[str, Any]]:
    says = "may serve" if verdict.passed else "may not serve"
    return [
        {
            "name": "test rows",
            "evaluation_observation": f"{says}: {'; '.join(verdict.reasons)}"[:TEXT],
            "metric_groups": [
                {"name": role, "metric_data": _numbers(scores)}
                for role in ROLES
                if (scores := evaluation.test_metrics(role))
            ],
        }
    ]


def _numbers(scores: dict[str, float]) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": "number", "value": value}
        for name, value in scores.items()
        if math.isfinite(value)
    ]


def _flat(chosen: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested settings as one list of dotted names."""
    found: list[tuple[str, Any]] = []
    for name, value in chosen.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", value))
    return found
