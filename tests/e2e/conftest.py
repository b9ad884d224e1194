"""One local cloud with the real application for all end-to-end tests."""

from collections.abc import Iterator

import pytest

from local.cloud import Cloud
from local.journey import Journey
from local.toolchain import free_port


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud of its own port and folder, ended with the session."""
    cloud = Cloud(free_port(), tmp_path_factory.mktemp("cloud"))
    cloud.start()
    try:
        cloud.deploy()
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="session")
def journey(cloud: Cloud) -> Iterator[Journey]:
    with Journey(cloud.describe()) as journey:
        yield journey
