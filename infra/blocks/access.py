"""Who may do what: permissions narrowed to prefixes, each wildcard with its reason."""

from dataclasses import dataclass

from aws_cdk import Acknowledgment, Stack, Token, Validations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import IConstruct


@dataclass(frozen=True, kw_only=True)
class Access:
    """Actions on resources; `reason` says why, where a resource needs a wildcard."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    reason: str | None = None
    conditions: dict[str, dict[str, str]] | None = None

    def give(self, role: iam.IRole) -> None:
        """Allow it to the role, and acknowledge exactly the wildcards it needs."""
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=list(self.actions),
                resources=list(self.resources),
                conditions=self.conditions,
            )
        )
        for resource in self.resources:
            finding = wildcard_finding(Stack.of(role), resource)
            if self.reason and "*" in finding:
                acknowledge(role, finding, self.reason)


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding of cdk-nag on one construct, for a written reason."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def wildcard_finding(stack: Stack, resource: str) -> str:
    """What cdk-nag calls a wildcard in a resource that a policy of this stack names."""
    return f"AwsSolutions-IAM5[Resource::{_flat(stack.resolve(resource))}]"


def read_objects(bucket: s3.Bucket, role: iam.IRole, *prefixes: str) -> tuple[Access, ...]:
    """Read objects in any version; listing is what turns a missing one into a 404, not a 403."""
    return (
        _objects(bucket, role, prefixes, "s3:GetObject", "s3:GetObjectVersion"),
        Access(actions=("s3:ListBucket",), resources=(_arn(bucket, role),)),
        Access(actions=("kms:Decrypt",), resources=(_key(bucket).key_arn,)),
    )


def write_objects(bucket: s3.Bucket, role: iam.IRole, *prefixes: str) -> tuple[Access, ...]:
    """Write objects, in one request or in parts."""
    return (
        _objects(bucket, role, prefixes, "s3:PutObject", "s3:AbortMultipartUpload"),
        use_key(_key(bucket)),
    )


def write_named_objects(bucket: s3.Bucket, role: iam.IRole, *names: str) -> tuple[Access, ...]:
    """Write objects of these names, in whatever folder, and no others."""
    arn = _arn(bucket, role)
    return (
        Access(
            actions=("s3:PutObject",),
            resources=tuple(f"{arn}/*/{name}" for name in names),
            reason="The folders are the pipelines that people make; the names are fixed.",
        ),
        use_key(_key(bucket)),
    )


def use_key(key: kms.IKey) -> Access:
    """Encrypt and decrypt with the key."""
    return Access(actions=("kms:Decrypt", "kms:GenerateDataKey"), resources=(key.key_arn,))


def derive_pseudonyms(key: kms.IKey) -> Access:
    """Derive a pipeline's key from the one that never leaves KMS."""
    return Access(actions=("kms:GenerateMac",), resources=(key.key_arn,))


def sign_models(key: kms.IKey) -> Access:
    """Vouch for models."""
    return Access(actions=("kms:GenerateMac",), resources=(key.key_arn,))


def verify_models(key: kms.IKey) -> Access:
    """Tell whether somebody vouches for a model, without being able to."""
    return Access(actions=("kms:VerifyMac",), resources=(key.key_arn,))


def erase_objects(bucket: s3.Bucket, role: iam.IRole, *prefixes: str) -> tuple[Access, ...]:
    """Delete objects for good, in every version."""
    return (
        _objects(bucket, role, prefixes, "s3:DeleteObject", "s3:DeleteObjectVersion"),
        Access(actions=("s3:ListBucketVersions",), resources=(_arn(bucket, role),)),
    )


def read_records(table: dynamodb.Table) -> tuple[Access, ...]:
    """Read the registry."""
    return (
        Access(actions=("dynamodb:GetItem", "dynamodb:Query"), resources=(table.table_arn,)),
        Access(actions=("kms:Decrypt", "kms:DescribeKey"), resources=(_key(table).key_arn,)),
    )


def write_records(table: dynamodb.Table) -> tuple[Access, ...]:
    """Read and write the registry; every write is a conditional put of a whole record."""
    encrypting = ("kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
    return (
        *read_records(table),
        Access(actions=("dynamodb:PutItem",), resources=(table.table_arn,)),
        Access(actions=encrypting, resources=(_key(table).key_arn,)),
    )


def publish_events(bus: events.IEventBus) -> tuple[Access, ...]:
    """Put events on the bus."""
    return (Access(actions=("events:PutEvents",), resources=(bus.event_bus_arn,)),)


def send_messages(queue: sqs.IQueue, key: kms.IKey) -> tuple[Access, ...]:
    """Send to the queue."""
    return (Access(actions=("sqs:SendMessage",), resources=(queue.queue_arn,)), use_key(key))


def _objects(
    bucket: s3.Bucket, role: iam.IRole, prefixes: tuple[str, ...], *actions: str
) -> Access:
    arn = _arn(bucket, role)
    return Access(
        actions=actions,
        resources=tuple(f"{arn}/{prefix}*" for prefix in prefixes),
        reason="The objects' names are not known before the data come; the prefix bounds them.",
    )


def _arn(bucket: s3.Bucket, role: iam.IRole) -> str:
    """The bucket's ARN as the role's template spells it, so that findings can be named."""
    owner, user = Stack.of(bucket), Stack.of(role)
    if owner is user:
        return bucket.bucket_arn
    user.add_stack_dependency(owner)
    return Token.as_string(owner.export_value(bucket.bucket_arn))


def _key(store: s3.Bucket | dynamodb.Table) -> kms.IKey:
    if store.encryption_key is None:
        raise ValueError(f"{store.node.path} has no key of its own")
    return store.encryption_key


def _flat(resource: object) -> str:
    """A resource as cdk-nag spells it in a finding: references in angle brackets."""
    match resource:
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(_flat(part) for part in parts)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::ImportValue": name}:
            return _flat(name)
        case {"Ref": name}:
            return f"<{name}>"
        case _:
            return str(resource)
