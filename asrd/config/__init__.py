"""Settings: where they are read from, and what they mean to the parts. All follow from `asrd.options.Config`."""
