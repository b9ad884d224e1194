"""How to reach a local cloud and what is deployed on it: the content of `cloud.json`."""

from typing import Any

import boto3

from local.console.html import BASE
from local.settings import ACCESS_KEY, ACCOUNT, REGION, SECRET_KEY


class Deployed:
    """Reads the application's public interface back from the cloud at `endpoint`."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)

    def document(self) -> dict[str, Any]:
        """Everything a client needs; addresses and keys of an absent API are null."""
        outputs = self.outputs()
        return {
            "endpoint": self.endpoint,
            "region": REGION,
            "account": ACCOUNT,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
            "api_url": self._api_url(outputs.get("ApiUrl")),
            "api_key": self._api_key(outputs.get("ApiKeyId")),
            "outputs": outputs,
            "console_url": f"{self.endpoint}{BASE}/",
        }

    def outputs(self) -> dict[str, str]:
        """Every stack's CloudFormation outputs, by name."""
        return outputs(self._session.client("cloudformation", endpoint_url=self.endpoint))

    def _api_url(self, url: str | None) -> str | None:
        """The API's address here: what AWS tells apart by host name goes into the path."""
        if url is None:
            return None
        api = url.split("://", 1)[-1].split(".", 1)[0]
        return f"{self.endpoint}/_aws/execute-api/{api}"

    def _api_key(self, key_id: str | None) -> str | None:
        if key_id is None:
            return None
        client = self._session.client("apigateway", endpoint_url=self.endpoint)
        return str(client.get_api_key(apiKey=key_id, includeValue=True)["value"])


def outputs(cloudformation: Any) -> dict[str, str]:  # noqa: ANN401 - boto3's
    """Every stack's outputs, by name, without what stacks export to each other."""
    return {
        output["OutputKey"]: output["OutputValue"]
        for page in cloudformation.get_paginator("describe_stacks").paginate()
        for stack in page["Stacks"]
        if stack["StackName"] != "CDKToolkit"
        for output in stack.get("Outputs", [])
        if not output["OutputKey"].startswith("ExportsOutput")
    }
