"""From samples to text: the recognizer, one utterance at a time; no thread, no clock but for timing, no network.

- protocols: what an encoder and a decoder must offer
- plain: the plain offline pass, without any shortcut
- windows: rows of growing audio; finished chunks and windows are computed once
- decoding: the decoder in llama.cpp: kept KV, drafts, the tolerance
- greedy: the text itself, token by token or verified in batches
- output: from tokens to text
- piece: audio up to the length limit, recognised again and again while it grows
- utterance: an utterance that grows, cut into pieces, with a hypothesis on request
- joining: the texts of pieces as one
- engine: the recognizer, which owns the native resources
"""
