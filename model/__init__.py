"""The model that ships with asrd, and how it is made."""
