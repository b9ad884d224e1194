"""What the run took, and where the model comes from."""

from collections.abc import Mapping
from typing import Any

from tidemill.errors import UnknownPriceError
from tidemill.pricing import HOME, Hosts
from training.train.report import figures
from training.train.report.elements import Card, Cell, facts, join, name, said
from training.train.report.findings import Findings
from training.train.report.sections.search import spelt


def cost(found: Findings) -> Card:
    """Seconds, money, and what serving takes."""
    told: dict[str, Cell] = {}
    seconds = found.part("training_seconds")
    training, search = found.part("training") or {}, found.part("search") or {}
    if seconds:
        told["seconds at work"] = figures.duration(seconds)
        told |= _priced(seconds, training)
    if search:
        told["trials"] = (
            f"{search['completed']:,} scored, {search.get('pruned', 0):,} stopped early"
        )
        told["interrupted"] = "yes, and resumed" if search.get("resumed") else "no"
    serving = found.part("serving") or {}
    if serving.get("latency_ms") is not None:
        told["one prediction"] = f"{figures.number(serving['latency_ms'])} ms"
    weight = serving.get("artifact_bytes") or found.part("artifact_bytes")
    if weight:
        told["size of the artifact"] = figures.size(weight)
    return Card("What it took", facts(told))


def lineage(found: Findings) -> Card:
    """All it takes to make the model again."""
    evaluation = found.evaluation
    told: dict[str, Cell] = {
        "dataset version": name(evaluation["dataset_version"]),
        "contract version": name(evaluation["contract_version"]),
        "rows": ", ".join(f"{count:,} {part}" for part, count in evaluation["rows"].items()),
        "seed": str(evaluation["seed"]),
        "made with": spelt(evaluation.get("versions") or {}),
    }
    if champion := found.part("champion_dataset_version"):
        told["the champion's dataset"] = name(champion)
    if parity := found.part("parity"):
        told["served as trained"] = _parity(parity)
    text = "The same dataset version, contract, seed and versions make the same model again."
    return Card("Where it comes from", join(said(text), facts(told)))


def _priced(seconds: float, training: Mapping[str, Any]) -> dict[str, Cell]:
    """The price of the seconds on demand; spot capacity is billed for less."""
    if not training:
        return {}
    hosts = Hosts(training["instance"], training.get("instances") or 1)
    told: dict[str, Cell] = {"machines": str(hosts)}
    try:
        usd = hosts.usd_per_hour * seconds / 3600
    except UnknownPriceError:
        return told
    spot = ", less on spot" if training.get("spot") else ""
    told[f"price on demand, {HOME}"] = f"about {figures.money(usd)}{spot}"
    told["most a run may cost"] = f"${training['budget_usd']:,.2f}"
    return told


def _parity(parity: Mapping[str, Any]) -> str:
    largest = figures.number(parity.get("largest_difference"))
    on = f" on {parity['rows']:,} rows" if parity.get("rows") else ""
    return f"at most {largest} from scikit-learn{on}"
