"""Other recognizers, as commands, so that any of them can be measured without the bench knowing it.

- spec: `NAME=COMMAND`, as it is written on the command line
- peer: what every peer does
- opening: starting one, and ending it
- once: a process for each clip
- staying: one process, a path a line in, a text a line out
- child: the process itself: its end, its last words, its memory
"""
