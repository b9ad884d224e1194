"""Buckets, tables, queues and topics: encrypted, private, over TLS, kept where it matters."""

from typing import Any

from tests.infra.conftest import Assembly, listed


def denies_plain_http(document: dict[str, Any]) -> bool:
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in document["Statement"]
    )


def policies(assembly: Assembly, kind: str, subject: str) -> dict[str, dict[str, Any]]:
    """The resource policies of a kind, by the logical id of what they protect."""
    found = {}
    for _, policy in assembly.resources(kind):
        for reference in listed(policy["Properties"][subject]):
            found[reference["Ref"]] = policy["Properties"]["PolicyDocument"]
    return found


def test_every_bucket_is_private(assembly: Assembly) -> None:
    """No bucket can be made public, by policy or by list."""
    for name, bucket in assembly.resources("AWS::S3::Bucket"):
        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}, name


def test_every_bucket_of_data_has_our_key_versions_and_access_logs(assembly: Assembly) -> None:
    """Only the bucket that receives access logs is without: S3 delivers to no customer's key."""
    without = []
    for name, bucket in assembly.resources("AWS::S3::Bucket"):
        rule = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
        encryption = rule["ServerSideEncryptionByDefault"]
        if encryption["SSEAlgorithm"] != "aws:kms":
            without.append(name)
            continue
        assert "KMSMasterKeyID" in encryption, name
        assert rule["BucketKeyEnabled"], name
        assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}, name
        assert "DestinationBucketName" in bucket["Properties"]["LoggingConfiguration"], name
    assert [name.split("/")[1][:10] for name in without] == ["AccessLogs"]


def test_every_bucket_queue_and_topic_refuses_plain_http(assembly: Assembly) -> None:
    """Whoever calls without TLS is denied."""
    kinds = {
        "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket"),
        "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
        "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
    }
    for kind, (policy, subject) in kinds.items():
        documents = policies(assembly, policy, subject)
        for name, _ in assembly.resources(kind):
            assert denies_plain_http(documents[name.split("/")[1]]), name


def test_queues_topics_logs_table_and_stream_have_our_keys(assembly: Assembly) -> None:
    """What waits, is told, is logged or recorded is encrypted with a key of ours."""
    keys = {
        "AWS::SQS::Queue": "KmsMasterKeyId",
        "AWS::SNS::Topic": "KmsMasterKeyId",
        "AWS::Logs::LogGroup": "KmsKeyId",
        "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamEncryptionConfigurationInput",
    }
    for name, resource in assembly.resources(*keys):
        assert resource["Properties"].get(keys[resource["Type"]]), name
    (table,) = (each for _, each in assembly.resources("AWS::DynamoDB::Table"))
    assert table["Properties"]["SSESpecification"]["KMSMasterKeyId"]


def test_keys_rotate(assembly: Assembly) -> None:
    """Every key that encrypts is renewed by the year; one for MACs a contract renews, by number."""
    for name, key in assembly.resources("AWS::KMS::Key"):
        if key["Properties"].get("KeyUsage") == "GENERATE_VERIFY_MAC":
            assert key["Properties"]["KeySpec"] == "HMAC_256", name
        else:
            assert key["Properties"]["EnableKeyRotation"] is True, name


def test_pseudonyms_are_derived_within_kms(assembly: Assembly) -> None:
    """The key that they come from is used by the functions that need it, for nothing else."""
    deriving = [
        (name, statement)
        for name, statement in assembly.statements()
        if "PseudonymKey" in str(statement["Resource"])
    ]
    assert deriving
    for name, statement in deriving:
        assert listed(statement["Action"]) == ["kms:GenerateMac"], name


def test_production_keeps_its_data(assemblies: dict[str, Assembly]) -> None:
    """Deleting the stacks of production deletes no bucket, table or key."""
    kinds = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key")
    for name, resource in assemblies["prod"].resources(*kinds):
        assert resource["DeletionPolicy"].startswith("Retain"), name
    (table,) = (each for _, each in assemblies["prod"].resources("AWS::DynamoDB::Table"))
    assert table["Properties"]["DeletionProtectionEnabled"]
    recovery = table["Properties"]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
