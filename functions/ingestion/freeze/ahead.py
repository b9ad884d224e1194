"""Reading while writing: Arrow leaves Python's lock alone, so two threads use two processors."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor


def ahead[T](items: Iterable[T]) -> Iterator[T]:
    """The same items, none of them None, each next one made while the last one is used."""
    source = iter(items)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, source, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, source, None)
            yield item
