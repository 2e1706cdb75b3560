"""Measuring asrd, and other engines in the same run.

    outcome     what every bench gives: figures with spread and bound; kept, compared, drawn, written up
    host        the machine, and what a process holds
    figures     formulas: streaming text, error rates, spreads
    sets        clips: from a table with labels, or made from a seed; where in them is speech
    engine      one model: offline passes, growing utterances, counters, memory; other engines beside it
    accuracy    word and character error rates, offline and streamed
    daemon      a daemon as a child process: latency at real time, load, idling
    soak        hours of audio with faults
    vad         voice detectors and their settings

Every bench is a function that gives a `Result`; the commands in `asrd.cli.bench` read flags and hand it on.
Engines run in processes of their own, so that a peak resident set is that of one engine.
"""
