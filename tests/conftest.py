"""One running service for all end-to-end and browser tests. (Imports stay inside: Rasa's interpreter reads this too.)"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.running import Running


def pytest_collection_finish() -> None:
    """Look for rubbish less often, and not among what stays: a run holds its thousands of tests all the time, and went
    through them every few hundred objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole service, its clock at an open hour."""
    from tests.support.running import running

    with running(tmp_path_factory.mktemp("service") / "var") as started:
        yield started
