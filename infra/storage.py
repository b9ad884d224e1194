"""Where data and knowledge stay."""

from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.blocks.access import acknowledge
from infra.blocks.room import Room
from infra.keys import data_key, operations_key, pseudonym_key, signing_key
from infra.settings import Environment

QUARTER = Duration.days(90)
# A failed execution can be taken up again for as long.
FORTNIGHT, DAY = Duration.days(14), Duration.days(1)


class Storage(Room):
    """Buckets, the registry and the event bus; the keys and alarms that every room shares."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, environment=environment)
        self.operations_key = operations_key(self)
        self.data_key = data_key(self)
        self.pseudonym_key = pseudonym_key(self)
        self.signing_key = signing_key(self)
        self.access_logs = self._access_logs()
        self.landing = self._bucket("Landing", tells_events=True)
        self.data = self._bucket("Data")
        self.data.add_lifecycle_rule(
            id="WorkInHand", prefix="work/", expiration=FORTNIGHT, noncurrent_version_expiration=DAY
        )
        self.models = self._bucket("Models")
        self.results = self._bucket("Results")
        self.capture = self._bucket("Capture", tells_events=True, expire_after=QUARTER)
        self.registry = self._registry()
        self.bus = self._bus()
        self.alarm_topic = self._alarm_topic()
        self.incidents_topic = self._incidents_topic()
        self.publish("LandingBucket", self.landing.bucket_name)
        self.publish("ResultsBucket", self.results.bucket_name)
        self.publish("CaptureBucket", self.capture.bucket_name)
        self.publish("RegistryTable", self.registry.table_name)
        self.publish("EventBus", self.bus.event_bus_name)
        self.publish("AlarmTopic", self.alarm_topic.topic_arn)

    def _access_logs(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=QUARTER)],
            # S3 delivers logs for hours, of the emptying before a stage goes too; they expire.
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(
            bucket,
            "AwsSolutions-S1",
            "It receives the others' access logs; logging its own would never end.",
        )
        return bucket

    def _bucket(
        self, name: str, *, expire_after: Duration | None = None, tells_events: bool = False
    ) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            name,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.data_key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix=f"{name.lower()}/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    noncurrent_version_expiration=Duration.days(30),
                    expiration=expire_after,
                )
            ],
            removal_policy=self.settings.removal_policy,
        )
        if tells_events:
            _tell_events(bucket)
        return bucket

    def _registry(self) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            "Registry",
            partition_key=_text("pipeline"),
            sort_key=_text("record"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.data_key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires_at",
            deletion_protection=self.settings.retain,
            removal_policy=self.settings.removal_policy,
        )

    def _bus(self) -> events.EventBus:
        bus = events.EventBus(self, "Bus", event_bus_name=self.settings.bus_name)
        if not self.settings.is_local:  # the local cloud has no event archives
            bus.archive(
                "Archive",
                description="A week of events, to replay after a fault",
                event_pattern=events.EventPattern(source=["tidemill"]),
                retention=Duration.days(7),
            )
        return bus

    def _alarm_topic(self) -> sns.Topic:
        """What CloudWatch and AWS's watchmen say, as they say it."""
        topic = self._topic("Alarms", "alarms")
        for service in ("cloudwatch", "budgets", "costalerts"):
            topic.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                    actions=["sns:Publish"],
                    resources=[topic.topic_arn],
                    conditions={"StringEquals": {"aws:SourceAccount": self.account}},
                )
            )
        return topic

    def _incidents_topic(self) -> sns.Topic:
        """What people are told; were the one who tells them broken, its alarms go to them as is."""
        topic, email = self._topic("Incidents", "incidents"), self.settings.alarm_email
        if email:
            topic.add_subscription(subscriptions.EmailSubscription(email))
            prefix = f"Tidemill-{self.settings.stage}-"
            own = [f"{prefix}MonitoringNotifyErrors", f"{prefix}IncidentsDeadLetters"]
            sns.CfnSubscription(
                self,
                "UntoldIncidents",
                topic_arn=self.alarm_topic.topic_arn,
                protocol="email",
                endpoint=email,
                filter_policy_scope="MessageBody",
                filter_policy={"AlarmName": own},
            )
        return topic

    def _topic(self, name: str, title: str) -> sns.Topic:
        return sns.Topic(
            self,
            name,
            display_name=f"Tidemill {self.settings.stage} {title}",
            master_key=self.operations_key,
            enforce_ssl=True,
        )


def _tell_events(bucket: s3.Bucket) -> None:
    """Send events to EventBridge; CDK's own way would bring a custom resource's function."""
    config = s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    resource = cast("s3.CfnBucket", bucket.node.default_child)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=config
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
