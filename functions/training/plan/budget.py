"""What a run may cost, judged by the runs before it, and whether that can be afforded."""

from statistics import median

from tidemill import pricing
from tidemill.contract import Contract
from tidemill.costs import this_month
from tidemill.errors import BudgetExceededError
from tidemill.pricing import Estimate, Hosts, Likely
from tidemill.records import DatasetRecord, RunRecord
from tidemill.registry import Registry

STARTUP_SECONDS = 60.0
SECONDS_PER_CELL = 4e-5
REMEMBERED = 5


def estimate(
    contract: Contract, dataset: DatasetRecord, registry: Registry, region: str
) -> Estimate:
    """The run's cost in USD, at most and probably; UnknownPriceError where there is no price."""
    limits = contract.training
    hosts = Hosts(limits.instance, limits.instances, region)
    likely = _of_past_runs(contract, dataset, registry) or _of_rows(contract, dataset)
    return pricing.estimate(hosts, limits.max_runtime, likely, spot=limits.spot)


def require_budget(contract: Contract, planned: Estimate, run: str, registry: Registry) -> None:
    """BudgetExceededError with the sum, the limit and the remedy, where the most is too much."""
    if planned.usd > contract.training.budget_usd:
        raise BudgetExceededError(
            f"{planned.arithmetic}, above training.budget_usd = "
            f"${contract.training.budget_usd:.2f}; lower training.max_runtime or raise the budget"
        )
    month, spent = _spent(contract, run, registry)
    if spent + planned.usd > contract.budget.monthly_usd:
        raise BudgetExceededError(
            f"{planned.arithmetic}, with ${spent:.4f} spent in all rooms or planned in {month}, "
            f"above budget.monthly_usd = ${contract.budget.monthly_usd:.2f}; predictions go on; "
            "raise it, or wait for the next month"
        )


def allowed_usd(contract: Contract, run: str, registry: Registry) -> float:
    """The most that the run may cost: its own budget, or what is left of the month's."""
    _, spent = _spent(contract, run, registry)
    return max(0.0, min(contract.training.budget_usd, contract.budget.monthly_usd - spent))


def _spent(contract: Contract, run: str, registry: Registry) -> tuple[str, float]:
    """This month, and what every room cost and other runs cost or may still cost in it."""
    cost = registry.month_cost(contract.pipeline, this_month())
    return cost.month, cost.ledger_usd + sum(
        _committed(other)
        for other in cost.runs
        if other.started_at.startswith(cost.month) and other.run != run
    )


def _committed(run: RunRecord) -> float:
    """What a run cost, or may still cost while it runs."""
    planned = run.estimate_usd if run.state == "running" else None
    return run.cost_usd or planned or 0.0


def _of_past_runs(contract: Contract, dataset: DatasetRecord, registry: Registry) -> Likely | None:
    """The median of the newest runs' seconds, for as many rows and trials as there are now."""
    work = sum(dataset.rows.values()) * contract.training.trials
    seconds, billed = [], []
    for run in reversed(registry.runs(contract.pipeline)):
        then = registry.dataset(contract.pipeline, run.dataset_version)
        if run.state == "completed" and run.training_seconds and run.trials and then:
            seconds.append(run.training_seconds * work / (sum(then.rows.values()) * run.trials))
            billed.append((run.billable_seconds or 0) / run.training_seconds if run.spot else None)
        if len(seconds) == REMEMBERED:
            break
    if not seconds:
        return None
    shares = [share for share in billed if share is not None]
    share = median(shares) if shares and contract.training.spot else 1.0
    runs = "the last run" if len(seconds) == 1 else f"the last {len(seconds)} runs"
    saved = f" and spot savings of {1 - share:.0%}" if share < 1 else ""
    return Likely(median(seconds), share, f"as {runs} took per row and trial{saved}")


def _of_rows(contract: Contract, dataset: DatasetRecord) -> Likely:
    """A first guess, from the benchmark's problems: a search is some 25 default fits."""
    rows, columns = sum(dataset.rows.values()), len(contract.feature_columns())
    seconds = STARTUP_SECONDS + SECONDS_PER_CELL * rows * columns
    return Likely(seconds, 1.0, f"guessed from {rows} rows of {columns} features")
