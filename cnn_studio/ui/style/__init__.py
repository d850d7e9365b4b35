"""Colors, sizes, icons and the layout of forms: the only place that names them."""
