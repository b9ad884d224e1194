"""Credentials of a role, as a service that has assumed it would hold them."""

import hashlib
from dataclasses import dataclass

import boto3
from ministack.services import sts

from local.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class RoleSession:
    """An assumed role: whatever is done with it is held to the role's policies."""

    access_key: str
    secret_key: str
    token: str

    @classmethod
    def assume(cls, settings: ServerSettings, role_arn: str, name: str) -> "RoleSession":
        """The session of this name; the same one whenever it is assumed again."""
        digest = hashlib.sha256(f"{role_arn}/{name}".encode()).hexdigest()
        role = role_arn.rpartition("/")[2]
        session = cls(f"ASIA{digest[:16].upper()}", digest[16:56], digest)
        sts.register_session(
            session.access_key,
            {
                "Arn": f"arn:aws:sts::{settings.account}:assumed-role/{role}/{name}",
                "UserId": f"{role}:{name}",
                "SecretAccessKey": session.secret_key,
                "SessionToken": session.token,
            },
        )
        return session

    def to_env(self) -> dict[str, str]:
        """The variables an AWS SDK reads credentials from."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_SESSION_TOKEN": self.token,
        }

    def boto3(self, region: str) -> boto3.Session:
        """A boto3 session that acts as the role."""
        return boto3.Session(self.access_key, self.secret_key, self.token, region_name=region)
