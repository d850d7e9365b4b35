"""The servers of these tests are on this machine: no proxy stands between."""

import pytest

from cnn_studio.core.datasets import mapped_arrays


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Keep a proxy of the machine's own away from the tests' servers."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def free_disk(monkeypatch):
    """What is refused does not depend on this machine's disk: 100 GiB are free on it."""
    monkeypatch.setattr(mapped_arrays, "free_bytes", lambda: 100 * 2**30)
