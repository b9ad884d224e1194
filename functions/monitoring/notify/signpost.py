"""Where to look: addresses that lead somewhere from a mail or a chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from tidemill.costs import STAGE
from tidemill.dashboards import dashboard_name
from tidemill.incidents import Incident
from tidemill.settings import NotifySettings

PAGE = "operations.md"
HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True)
class Signpost:
    """Knows a stage's addresses; what is known of none is left out."""

    settings: NotifySettings

    def page(self, incident: Incident) -> str:
        """The operations page; by its name in the repository where nobody said where it is."""
        folder = self.settings.docs_url.rstrip("/") or "docs"
        return f"{folder}/{PAGE}#{incident.words.section}"

    def links(self, incident: Incident) -> Mapping[str, str]:
        """Addresses by what is there: more words, the alarm or a dashboard, and the pipeline."""
        more = {"More": self.page(incident)} if self.settings.docs_url else {}
        return {**more, **self._console(incident), **self._pipeline(incident)}

    def _console(self, incident: Incident) -> dict[str, str]:
        """Of CloudWatch, in the region and partition of the topic; the local cloud has none."""
        _, partition, _, region, *_ = self.settings.topic.split(":")
        if self.settings.stage == "local" or partition not in HOSTS:
            return {}
        home = f"https://{region}.{HOSTS[partition]}/cloudwatch/home?region={region}"
        if incident.words.alarm:
            return {"Alarm": f"{home}#alarmsV2:alarm/{quote(incident.words.alarm)}"}
        named = self.settings.pipeline_dashboards and incident.subject != STAGE
        name = dashboard_name(self.settings.stage, incident.subject if named else None)
        return {"Dashboard": f"{home}#dashboards/dashboard/{quote(name)}"}

    def _pipeline(self, incident: Incident) -> dict[str, str]:
        base = self.settings.api_url.rstrip("/")
        if not base or incident.subject == STAGE:
            return {}
        return {"Pipeline": f"{base}/v1/pipelines/{quote(incident.subject)}"}
