"""The servers of these tests are on this machine: no proxy stands between."""

import pytest


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Keep a proxy of the machine's own away from the tests' servers."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
