"""Custom and downloaded data sets. Importing this makes them known to `core.datasets.registry` by their names."""

from __future__ import annotations

from cnn_studio.data.dataset_resolver import add_resolvers

add_resolvers()
