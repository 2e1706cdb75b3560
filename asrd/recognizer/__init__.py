"""From samples to text: the recognizer, one utterance at a time; no thread, no clock but for timing, no network.

protocols    what an encoder and a decoder must offer
plain        the plain offline pass, without any shortcut
windows      rows of growing audio: finished chunks and windows are computed once
decoding     greedy decoding in llama.cpp: kept KV, draft verification
utterance    an utterance that grows, with a hypothesis on request
engine       the recognizer: owns the native resources
"""
