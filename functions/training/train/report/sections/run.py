"""What the run took, and where the model comes from."""

from tidemill.pricing import hourly_price
from training.train.report import figures
from training.train.report.elements import Card, Cell, Html, facts, join, name, said
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


def _priced(seconds: float, training: dict[str, object]) -> dict[str, Cell]:
    """The price of the seconds on demand; spot capacity is billed for less."""
    instance = str(training.get("instance") or "")
    if not instance:
        return {}
    hosts = int(str(training.get("instances") or 1))
    usd = hourly_price(instance) * seconds / 3600 * hosts
    machines = f"{hosts} × {instance}" if hosts > 1 else instance  # noqa: RUF001 - a times sign
    spot = ", less on spot" if training.get("spot") else ""
    return {
        "machines": machines,
        "price on demand": f"about {figures.money(usd)}{spot}",
        "budget of a run": f"${float(str(training.get('budget_usd') or 0)):,.2f}",
    }


def _parity(parity: dict[str, object]) -> Html:
    largest = parity.get("largest_difference")
    size = figures.number(float(str(largest))) if largest is not None else figures.NONE
    rows = parity.get("rows")
    on = f" on {int(str(rows)):,} rows" if rows else ""
    return join(f"at most {size} from scikit-learn{on}")
