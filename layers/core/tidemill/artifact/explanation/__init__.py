"""Why a model answers what it does: what each field of a row adds to a base, exactly."""

from tidemill.artifact.explanation.explainer import Explainer, Explanation

__all__ = ["Explainer", "Explanation"]
