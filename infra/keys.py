"""The keys of a stage: for data, for operations, for pseudonyms, and for models' signatures."""

from typing import Any

from aws_cdk import ArnFormat
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from infra.blocks.room import Room


def data_key(room: Room) -> kms.Key:
    """The key of what people bring and what is learnt from it; no service uses it by itself."""
    return _encrypting(room, "DataKey", "data: buckets, registry and capture")


def pseudonym_key(room: Room) -> kms.Key:
    """The key that pseudonyms are derived from; KMS renews none of its kind by itself."""
    return _authenticating(room, "PseudonymKey", "pseudonyms")


def signing_key(room: Room) -> kms.Key:
    """The key that vouches for models: one function may sign with it, another only verify."""
    return _authenticating(room, "SigningKey", "signatures of models")


def operations_key(room: Room) -> kms.Key:
    """The key that services of AWS use themselves: to deliver events, alarms and logs."""
    key = _encrypting(room, "OperationsKey", "operations: queues, alarms and logs")
    account = {"StringEquals": {"aws:SourceAccount": room.account}}
    for service in ("events", "cloudwatch", "budgets", "costalerts", "sns"):
        key.add_to_resource_policy(
            _use(f"{service}.amazonaws.com", account, "kms:Decrypt", "kms:GenerateDataKey")
        )
    groups = room.format_arn(
        service="logs",
        resource="log-group",
        resource_name="/tidemill/*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    context = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
    logs_actions = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")
    key.add_to_resource_policy(
        _use(
            f"logs.{room.region}.amazonaws.com",
            context,
            *logs_actions,
            "kms:GenerateDataKey",
            "kms:DescribeKey",
        )
    )
    return key


def _encrypting(room: Room, name: str, purpose: str) -> kms.Key:
    return kms.Key(
        room,
        name,
        description=f"Tidemill {room.settings.stage}, {purpose}",
        enable_key_rotation=True,
        removal_policy=room.settings.removal_policy,
    )


def _authenticating(room: Room, name: str, purpose: str) -> kms.Key:
    return kms.Key(
        room,
        name,
        description=f"Tidemill {room.settings.stage}, {purpose}",
        key_spec=kms.KeySpec.HMAC_256,
        key_usage=kms.KeyUsage.GENERATE_VERIFY_MAC,
        removal_policy=room.settings.removal_policy,
    )


def _use(principal: str, conditions: dict[str, Any], *actions: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(principal)],
        actions=list(actions),
        resources=["*"],  # in a key's policy: this key
        conditions=conditions,
    )
