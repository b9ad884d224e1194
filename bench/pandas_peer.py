"""The usual ingestion job, as samples have it: pandas, the whole file at once."""

import time
from pathlib import Path


def ingest_file(path: Path) -> dict[str, float]:
    """Read, check, hash, profile and write; `least` are the seconds without hashes and profile."""
    import hashlib  # noqa: PLC0415 - imports count as time
    import hmac  # noqa: PLC0415

    import pandas as pd  # noqa: PLC0415

    started = time.perf_counter()
    frame = pd.read_csv(path, na_values=["?"], parse_dates=["at"])
    good = frame["weight"].notna() & frame["region"].isin(["north", "south", "east", "west"])
    for name, low, high in (("amount", 0, None), ("ratio", 0, 1), ("age", 0, 130)):
        good &= ~(frame[name] < low)
        good &= ~(frame[name] > high) if high else True
    read = time.perf_counter() - started
    key = b"k" * 32
    frame["email"] = [
        hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for text in frame["email"]
    ]
    frame.describe(include="all")
    for name in ("region", "kind", "city", "active"):
        frame[name].value_counts()
    writing = time.perf_counter()
    frame[good].to_parquet(path.with_suffix(".parquet"), compression="zstd")
    return {"rows": len(frame), "least": read + time.perf_counter() - writing}
