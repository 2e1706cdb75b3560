"""The model store: models by name, fetched from where they are published, checked, and kept in one folder."""
