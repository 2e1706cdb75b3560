"""The command line: `main` holds the parser and turns errors into sentences and exit codes.

Every command has a light module, which declares its flags, and one or more that do the work. The latter are imported
when the command runs, so that `asrd --help` answers at once.
"""
