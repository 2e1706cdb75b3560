"""Input that nobody would write: every reader of asrd gets damaged, lying and hostile bytes, and must say so calmly.

    make test                                       a short round: the same examples every time, under a minute
    make fuzz                                       a minute for each target, other examples every time
    ASRD_FUZZ_S=600 make fuzz                       ten minutes for each
    ASRD_FUZZ_S=60 .venv/bin/python -m pytest tests/fuzz/test_gguf.py

A target is one test. Its inputs are valid ones that are then damaged (`damage`), or are built from parts of which some
lie (`riff`, `gguf_parts`). What holds for all of them: the reader gives a value that can be used, or raises the error
that it documents, with one sentence; it raises nothing else, ends in time, and takes no memory that a header promises
and the file does not hold. What native code reads is read in a process of its own (`child`), so that a crash of it is
found and told.

What was found: Hypothesis makes the input as small as it can and prints it as `Falsifying example`, with the line
`@reproduce_failure(...)` or the number of the round's seed. Write the input down as a test of its own, named for what
happened, beside the other tests of the module that is to be mended; then mend it. To see it again meanwhile:
`ASRD_FUZZ_S=60 ASRD_FUZZ_SEED=<number>` begins with the same round.
"""
