"""Own and downloaded data sets. Importing this makes them known to `core.datasets` by their names."""

from __future__ import annotations

from cnn_studio.data.resolving import add_resolvers

add_resolvers()
