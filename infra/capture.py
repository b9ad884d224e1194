"""What was asked and answered, on its way to S3."""

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.blocks.access import Access, read_objects, use_key, write_objects
from infra.blocks.room import FIVE_MINUTES, Room

STREAM = "S3Delivery"
Stream = firehose.CfnDeliveryStream


class CaptureStream(Construct):
    """Firehose from the prediction function to `predictions/<hour>/` of the capture bucket."""

    def __init__(self, scope: Construct, *, bucket: s3.Bucket, key: kms.Key) -> None:
        super().__init__(scope, "Capture")
        log_group = Room.of_construct(self).log_group("capture")
        log_group.add_stream("Log", log_stream_name=STREAM)
        role = self._role(bucket, key, log_group)
        stream = Stream(
            self,
            "Stream",
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=_encryption(key),
            extended_s3_destination_configuration=self._destination(bucket, key, role, log_group),
        )
        stream.node.add_dependency(role)
        self.name = stream.ref
        self.arn = stream.attr_arn

    def _destination(
        self, bucket: s3.Bucket, key: kms.Key, role: iam.Role, log_group: logs.LogGroup
    ) -> Stream.ExtendedS3DestinationConfigurationProperty:
        settings = Room.of_construct(self).settings
        return Stream.ExtendedS3DestinationConfigurationProperty(
            bucket_arn=bucket.bucket_arn,
            role_arn=role.role_arn,
            prefix="predictions/!{timestamp:yyyy/MM/dd/HH}/",
            error_output_prefix="errors/!{firehose:error-output-type}/",
            compression_format="GZIP",
            file_extension=".jsonl.gz",
            buffering_hints=Stream.BufferingHintsProperty(
                interval_in_seconds=settings.capture_seconds,
                size_in_m_bs=settings.capture_mb,
            ),
            encryption_configuration=Stream.EncryptionConfigurationProperty(
                kms_encryption_config=Stream.KMSEncryptionConfigProperty(awskms_key_arn=key.key_arn)
            ),
            cloud_watch_logging_options=Stream.CloudWatchLoggingOptionsProperty(
                enabled=True, log_group_name=log_group.log_group_name, log_stream_name=STREAM
            ),
        )

    @property
    def age(self) -> cloudwatch.Metric:
        """Seconds that the oldest record has waited for its delivery."""
        return cloudwatch.Metric(
            namespace="AWS/Firehose",
            metric_name="DeliveryToS3.DataFreshness",
            dimensions_map={"DeliveryStreamName": self.name},
            statistic="Maximum",
            period=FIVE_MINUTES,
        )

    def _role(self, bucket: s3.Bucket, key: kms.Key, log_group: logs.LogGroup) -> iam.Role:
        account = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("firehose.amazonaws.com", conditions=account),
        )
        accesses = (
            *read_objects(bucket, role, "predictions/", "errors/"),
            *write_objects(bucket, role, "predictions/", "errors/"),
            Access(
                actions=("s3:GetBucketLocation", "s3:ListBucketMultipartUploads"),
                resources=(bucket.bucket_arn,),
            ),
            use_key(key),
            Access(actions=("logs:PutLogEvents",), resources=(log_group.log_group_arn,)),
        )
        for access in accesses:
            access.give(role)
        return role


def _encryption(key: kms.Key) -> Stream.DeliveryStreamEncryptionConfigurationInputProperty:
    return Stream.DeliveryStreamEncryptionConfigurationInputProperty(
        key_type="CUSTOMER_MANAGED_CMK", key_arn=key.key_arn
    )
