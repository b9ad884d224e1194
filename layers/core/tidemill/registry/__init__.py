"""The registry: every record of every pipeline, in one table, each written with a condition."""

from tidemill.registry.batches import Batches
from tidemill.registry.champions import Champions
from tidemill.registry.contracts import Contracts
from tidemill.registry.costs import Costs
from tidemill.registry.datasets import Datasets
from tidemill.registry.drops import Drops
from tidemill.registry.forgotten import Forgotten
from tidemill.registry.incidents import Incidents
from tidemill.registry.qualities import Qualities
from tidemill.registry.retrainings import Retrainings
from tidemill.registry.windows import Windows

__all__ = ["Registry"]


class Registry(
    Contracts,
    Drops,
    Batches,
    Datasets,
    Champions,
    Costs,
    Windows,
    Qualities,
    Forgotten,
    Incidents,
    Retrainings,
):
    """The records of all pipelines over a table."""
