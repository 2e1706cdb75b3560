"""Measuring asrd, and other engines in the same run.

    clips       speech-like audio from a seed
    engine      one model: offline passes, growing utterances, counters, memory
    reference   the transformers port on PyTorch, for comparison
    steady      logits as steady as a trained model's, on random weights
    report      the tables
    machine     what it was measured on

Every engine runs in a process of its own, so that its peak resident set is its own.
"""
