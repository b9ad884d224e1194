"""AWS's own watchmen of the bill: a budget, and what looks for costs unlike before."""

import json

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ce as ce
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.blocks.room import Room

SHARES = (80, 100)


class Watchmen(Construct):
    """They tell the topic of what is tagged with this stage, as AWS bills it."""

    def __init__(self, scope: Construct, *, topic: sns.ITopic) -> None:
        super().__init__(scope, "Watchmen")
        self._settings = Room.of_construct(scope).settings
        self._topic = topic.topic_arn
        self._budget()
        self._anomalies()

    def _budget(self) -> None:
        """At 80 % of the stage's budget, and at all of it."""
        budget, settings = budgets.CfnBudget, self._settings
        subscriber = budget.SubscriberProperty(address=self._topic, subscription_type="SNS")
        budget(
            self,
            "Budget",
            budget=budget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budget.SpendProperty(amount=settings.monthly_budget_usd, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:Stage${settings.stage}"]},
            ),
            notifications_with_subscribers=[
                budget.NotificationWithSubscribersProperty(
                    notification=budget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type="ACTUAL",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for percent in SHARES
            ],
        )

    def _anomalies(self) -> None:
        """From a tenth of the stage's budget on that AWS did not expect."""
        name = f"Tidemill-{self._settings.stage}"
        stage = {"Key": "Stage", "MatchOptions": ["EQUALS"], "Values": [self._settings.stage]}
        monitor = ce.CfnAnomalyMonitor(
            self,
            "Anomalies",
            monitor_name=name,
            monitor_type="CUSTOM",
            monitor_specification=json.dumps({"Tags": stage}),
        )
        subscription = ce.CfnAnomalySubscription
        impact = {
            "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
            "Values": [f"{self._settings.monthly_budget_usd / 10:g}"],
        }
        subscription(
            self,
            "AnomalySubscription",
            subscription_name=name,
            frequency="IMMEDIATE",
            monitor_arn_list=[monitor.attr_monitor_arn],
            subscribers=[subscription.SubscriberProperty(address=self._topic, type="SNS")],
            threshold_expression=json.dumps({"Dimensions": impact}),
        )
