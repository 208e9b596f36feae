"""Blue and green: a second projection is filled beside the shown one, compared with it, and then shown."""
