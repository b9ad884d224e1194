"""Whether the rows fit into an instance, and how many are learnt from if not."""

from tidemill.contract import Contract
from tidemill.errors import TooLargeForInstanceError
from tidemill.pricing import memory_bytes
from tidemill.records import DatasetRecord

USABLE = 0.6
LEARNT_BYTES = {"category": 300, "timestamp": 800, "text": 4000}
NUMBER_BYTES = 120
TESTED_BYTES = 300
LEAST_SHARE = 0.01
VOLUME_GB = 30
STORED_BYTES = 24


def sample(contract: Contract, dataset: DatasetRecord) -> dict[str, str]:
    """How many rows of train and validation one instance can learn from; nothing: all of them.

    The bound is 60 % of its memory, at so many bytes a cell in all the copies that learning takes,
    and 300 bytes for every cell of the test, which is never sampled.
    TooLargeForInstanceError where that leaves less than a hundredth of the rows.
    """
    memory = memory_bytes(contract.training.instance)
    if memory is None:
        return {}
    columns = contract.feature_columns().values()
    learnt = sum(LEARNT_BYTES.get(column.type, NUMBER_BYTES) for column in columns)
    tested = dataset.rows["test"] * TESTED_BYTES * len(columns)
    rows = dataset.rows["train"] + dataset.rows["validation"]
    room = int((USABLE * memory - tested) / max(1, learnt))
    if room >= rows:
        return {}
    if room < LEAST_SHARE * rows:
        raise TooLargeForInstanceError(
            f"{dataset.rows['test']} test rows of {len(columns)} features take some "
            f"{tested / 2**30:.1f} GiB of the {memory / 2**30:g} GiB that "
            f"{contract.training.instance} has, which leaves room for {max(0, room)} of {rows} "
            "rows to learn from; name a training.instance with more memory, or a smaller split.test"
        )
    return {"sample_rows": str(room), "memory_mb": str(int(USABLE * memory) >> 20)}


def volume_gb(contract: Contract, dataset: DatasetRecord) -> int:
    """The disk of a host: room for the program, the channels, a sample of them and the models."""
    cells = sum(dataset.rows.values()) * len(contract.feature_columns())
    return VOLUME_GB + (cells * STORED_BYTES >> 30)
