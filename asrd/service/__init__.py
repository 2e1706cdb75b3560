"""asrd as a service of the user's session: installed, started, watched and removed with systemd or launchd.

`systemd_units` and `launchd_files` make the content of files and do nothing else; `systemd` and `launchd` run the
managers' own commands through a `Runner`; `attendance` is what a running daemon tells them.
"""
