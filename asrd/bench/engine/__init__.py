"""Models, one at a time, and other engines in the same run.

- benching: the whole bench: a plan in, a result out
- audio: what is recognised: clips of sets, made clips, utterances that grow
- values: what is asked of an engine, and what it answers
- measuring: one asrd model, in a process of its own
- reference: the transformers port, in a process of its own
- apart: those processes
- others: a peer, heard here
- offline, growing: figures, tables and pictures of what was measured
- steady: random weights with the logits of a speaker
"""
