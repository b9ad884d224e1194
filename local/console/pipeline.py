"""The page of a pipeline: what landed, what came of it, who serves, what drifted, what it cost."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from local.console.html import facts, link, moment, section, state, table, usd
from local.console.incidents import incidents
from local.console.quality import quality
from local.console.records import Document, Records

NEWEST = 20


def pipeline(name: str, records: Records, dashboards: Sequence[str]) -> Markup:
    """All of its records that are of the kinds people ask for, the newest first."""
    models = records.of(name, "model#")
    champion = records.one(name, "champion")
    own = [each for each in dashboards if each.endswith(f"-{name}")]
    return Markup("").join(
        (
            section("Incidents", incidents(records.of(name, "incident#").values())),
            section("In service", _service(champion, models)),
            section("Models", _models(name, models)),
            section("Runs", _runs(records.of(name, "run#"))),
            section("Releases", _releases(records.of(name, "release#"))),
            section("Drops", _drops(name, records.of(name, "drop#"))),
            section("Drift", _drift(name, records)),
            section("Quality", _quality(name, champion, records)),
            section("Files scored", _batches(records.of(name, "batch#"))),
            section("Cost", _cost(records.of(name, "cost#"))),
            *(section("Dashboard", link(each, f"/dashboards/{each}")) for each in own),
        )
    )


def _newest(found: Mapping[str, Document], by: str) -> list[Document]:
    return sorted(found.values(), key=lambda each: str(each.get(by)), reverse=True)[:NEWEST]


def _service(champion: Document, models: Mapping[str, Document]) -> Markup:
    if not champion:
        return Markup('<p class="none">No model serves yet.</p>')
    model = models.get(f"{champion['model_version']:06d}", {})
    tried = champion.get("challenge") or {}
    trial = f"model {tried['model_version']}, {tried['stage']}" if tried else None
    return facts(
        {
            "champion": f"model {champion['model_version']}",
            "since": moment(champion["promoted_at"]),
            "before it": champion.get("previous"),
            "on trial": trial,
            **_metrics(model),
        }
    )


def _metrics(model: Document) -> dict[str, str]:
    """The measures on the test rows that are plain numbers."""
    found = model.get("metrics", {})
    chosen = found.get("test", found)
    if not isinstance(chosen, dict):
        return {}
    numbers = {name: value for name, value in chosen.items() if isinstance(value, int | float)}
    return {name: f"{value:.6g}" for name, value in numbers.items()}


def _models(name: str, models: Mapping[str, Document]) -> Markup:
    page = f"/pipelines/{name}/models"
    rows = [
        (
            link(f"{model['model_version']}: report", f"{page}/{model['model_version']}"),
            moment(model["created_at"]),
            state("passed" if model["verdict"]["passed"] else "refused"),
            "; ".join(model["verdict"]["reasons"]),
            model["run"],
        )
        for model in _newest(models, "model_version")
    ]
    return table(("model", "made", "verdict", "why", "run"), rows, "No models yet.")


def _runs(runs: Mapping[str, Document]) -> Markup:
    rows = [
        (
            run["run"],
            moment(run["started_at"]),
            state(run["state"]),
            run.get("reason"),
            run.get("billable_seconds"),
            usd(run.get("cost_usd")),
        )
        for run in _newest(runs, "started_at")
    ]
    return table(("run", "began", "state", "why", "seconds billed", "cost"), rows, "No runs yet.")


def _releases(releases: Mapping[str, Document]) -> Markup:
    rows = [
        (
            release["model_version"],
            moment(release["started_at"]),
            state(release["state"]),
            release.get("stage"),
            release.get("reason"),
        )
        for release in _newest(releases, "started_at")
    ]
    return table(("model", "began", "state", "stage", "why"), rows, "No releases yet.")


def _drops(name: str, drops: Mapping[str, Document]) -> Markup:
    rows = [
        (
            drop["uri"].rpartition("/")[2],
            drop["source"],
            moment(drop["landed_at"]),
            state(drop["state"]),
            drop["rows"]["accepted"],
            drop["rows"]["quarantined"],
            "; ".join(drop["reasons"]),
            _profile(name, drop),
        )
        for drop in _newest(drops, "landed_at")
    ]
    headings = ("file", "source", "landed", "state", "accepted", "quarantined", "why", "profile")
    return table(headings, rows, "Nothing has landed yet.")


def _profile(name: str, drop: Document) -> Markup | None:
    if not drop.get("profile_page_uri"):
        return None
    return link("profile", f"/pipelines/{name}/drops/{drop['drop_id']}")


def _quality(name: str, champion: Document, records: Records) -> Markup:
    serving = f"{name}/{champion['model_version']}" if champion else ""
    return quality(records.one(name, "promise"), records.one(name, "estimation"), serving)


def _drift(name: str, records: Records) -> Markup:
    """The newest window of each kind, and those that drifted, the newest first."""
    newest = records.of(name, "drift#").items()
    drifted = _newest(records.of(name, "drifted#"), "at")
    windows = [{**found, "told": f"{kind}, the newest"} for kind, found in newest]
    windows += [{**found, "told": f"{found.get('window', 'any')}, drifted"} for found in drifted]
    return table(
        ("window", "when", "score", "columns that drifted", "report"),
        _windows(name, windows),
        "Nothing was held against the baseline yet.",
    )


def _windows(name: str, windows: Iterable[Document]) -> Iterable[tuple[Any, ...]]:
    for found in windows:
        report = found.get("report")
        yield (
            found["told"],
            moment(found.get("at")),
            None if found.get("score") is None else f"{found['score']:.4g}",
            ", ".join(map(_column, found.get("drifted") or ())),
            link("report", f"/pipelines/{name}/drift/{report}") if report else None,
        )


def _column(found: object) -> str:
    """A column's name, alone or as the name of what was found in it."""
    if isinstance(found, dict):
        return str(found.get("feature", found.get("name", found)))
    return str(found)


def _batches(batches: Mapping[str, Document]) -> Markup:
    rows = [
        (
            batch["uri"].rpartition("/")[2],
            moment(batch["landed_at"]),
            state(batch["state"]),
            batch.get("model"),
            "; ".join(batch["reasons"]),
            usd(batch.get("cost_usd")),
        )
        for batch in _newest(batches, "landed_at")
    ]
    headings = ("file", "landed", "state", "model", "why", "cost")
    return table(headings, rows, "No file was dropped to be scored.")


def _cost(ledger: Mapping[str, Document]) -> Markup:
    """By month and room, as it was billed; jobs of training stand with the runs."""
    rows = [
        (*name.partition("#")[::2], usd(sum(map(_usd, days.values()))), max(days, default=""))
        for name, days in sorted(ledger.items(), reverse=True)
    ]
    headings = ("month", "room", "billed", "until")
    return table(headings, rows, "Nothing was billed yet: that is done at 01:15 UTC.")


def _usd(day: Document) -> float:
    return float(sum(line["usd"] for line in day["lines"]))
