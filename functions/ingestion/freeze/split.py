"""Rows dealt to channels, so that a row's channel does not change as data grows."""

from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from tidemill.contract import Contract

CHANNELS = ("train", "validation", "test")


def split(table: pa.Table, contract: Contract) -> dict[str, pa.Table]:
    """Deal rows to `train`, `validation` and `test`, by the contract's split.

    By hash, equal rows meet in one channel; by group, so do all rows of a group; by time, the
    newest rows test and those before them validate.
    """
    share = _time_share(table, contract) if contract.split.by == "time" else _hash(table, contract)
    test, validation = contract.split.test, contract.split.validation
    in_test = pc.less(share, test)
    in_validation = pc.and_(pc.invert(in_test), pc.less(share, round(test + validation, 9)))
    in_train = pc.invert(pc.or_(in_test, in_validation))
    masks = zip(CHANNELS, (in_train, in_validation, in_test), strict=True)
    return {channel: table.filter(mask) for channel, mask in masks}


def _hash(table: pa.Table, contract: Contract) -> pa.Array:
    """A number in [0, 1) of each row's content, or of its group."""
    by_group = contract.split.by == "group" and contract.split.column
    names = [contract.split.column] if by_group else list(contract.columns())
    texts = [
        pc.fill_null(pc.cast(table.column(name), pa.string()), "\x00")
        for name in names
        if name in table.column_names
    ]
    keys = pc.binary_join_element_wise(*texts, "\x1f")
    return pa.array([_uniform(key) for key in keys.to_pylist()], pa.float64())


def _uniform(key: str) -> float:
    digest = blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _time_share(table: pa.Table, contract: Contract) -> pa.Array:
    """How far from the newest row each row stands: 0 is the newest, towards 1 the oldest."""
    rank = pc.rank(
        table.column(contract.split.column),
        sort_keys="descending",
        tiebreaker="first",
    )
    return pc.divide(pc.cast(pc.subtract(rank, 1), pa.float64()), float(table.num_rows))
