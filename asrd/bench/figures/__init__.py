"""The formulas of the measures. Pure."""
