"""What every bench gives, and what is done with it."""
