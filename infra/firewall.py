"""A web ACL before the API, for those who want one: it costs 5 USD a month and 1 USD a rule."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.blocks.room import Room

MANAGED = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
REQUESTS_OF_AN_ADDRESS = 10_000  # in five minutes
Acl = wafv2.CfnWebACL


class Firewall(Construct):
    """Refuses addresses of ill repute, known attacks, and an address that asks without end."""

    def __init__(self, scope: Construct, *, stage: apigateway.Stage) -> None:
        super().__init__(scope, "Firewall")
        name = f"tidemill-{Room.of_construct(self).settings.stage}"
        rules = [_managed(rule, place) for place, rule in enumerate(MANAGED)]
        rules.append(_rate(len(rules)))
        acl = Acl(
            self,
            "Acl",
            name=name,
            scope="REGIONAL",
            default_action=Acl.DefaultActionProperty(allow={}),
            rules=rules,
            visibility_config=_visible(name),
        )
        wafv2.CfnWebACLAssociation(
            self,
            "Association",
            resource_arn=f"arn:{Stack.of(self).partition}:apigateway:{Stack.of(self).region}::"
            f"/restapis/{stage.rest_api.rest_api_id}/stages/{stage.stage_name}",
            web_acl_arn=acl.attr_arn,
        )


def _managed(name: str, priority: int) -> Acl.RuleProperty:
    group = Acl.ManagedRuleGroupStatementProperty(vendor_name="AWS", name=name)
    return _rule(
        name,
        priority,
        statement=Acl.StatementProperty(managed_rule_group_statement=group),
        override_action=Acl.OverrideActionProperty(none={}),
    )


def _rate(priority: int) -> Acl.RuleProperty:
    bound = Acl.RateBasedStatementProperty(limit=REQUESTS_OF_AN_ADDRESS, aggregate_key_type="IP")
    return _rule(
        "Rate",
        priority,
        statement=Acl.StatementProperty(rate_based_statement=bound),
        action=Acl.RuleActionProperty(block={}),
    )


def _rule(name: str, priority: int, **more: Any) -> Acl.RuleProperty:  # noqa: ANN401
    return Acl.RuleProperty(name=name, priority=priority, visibility_config=_visible(name), **more)


def _visible(name: str) -> Acl.VisibilityConfigProperty:
    return Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
