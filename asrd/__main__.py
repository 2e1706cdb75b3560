"""`python -m asrd`: the same as the command `asrd`."""

import sys

from asrd.cli.main import main

sys.exit(main())
