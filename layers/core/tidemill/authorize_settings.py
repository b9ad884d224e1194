"""The settings of the function that tells who shows a token."""

from hashlib import sha256

from tidemill.plain_settings import PlainSettings


class AuthorizeSettings(PlainSettings):
    """Settings of `inference/authorize`; `jwt_clients` have commas between them."""

    stage: str
    jwt_issuer: str
    jwt_audience: str
    jwt_clients: str = ""

    def allowance(self, client: str) -> str:
        """The API key under whose limits a client asks: its own, or that of all who have none."""
        listed = client in self.jwt_clients.split(",")
        return allowance(self.stage, client if listed else "")


def allowance(stage: str, client: str) -> str:
    """The value of a client's API key; no secret, since it is taken from nobody but the function.

    API Gateway counts a caller's requests by such a key:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
    """
    return f"tidemill-{stage}-{sha256(f'{stage}/{client}'.encode()).hexdigest()[:32]}"
