"""How nano is made: `python -m model.train --help`."""
