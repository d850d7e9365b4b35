"""A network as a list of layers: shapes, parameters, editing, and how each layer computes."""
