"""The edge: the ports of this package, made of boto3 clients."""

from tidemill.aws.clients import client
from tidemill.aws.dynamodb import DynamoTable
from tidemill.aws.kms import KmsKeys
from tidemill.aws.messages import EventBridgeBus, SqsQueue, StateMachine
from tidemill.aws.s3 import S3Store

__all__ = [
    "DynamoTable",
    "EventBridgeBus",
    "KmsKeys",
    "S3Store",
    "SqsQueue",
    "StateMachine",
    "client",
]
