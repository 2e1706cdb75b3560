"""`asrd bench`: one module for each action, their flags, and what they do with a result."""
