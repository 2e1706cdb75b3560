"""faster-whisper (CTranslate2, int8, greedy, its own fallback) as a peer; its argument is a model folder.

pip install faster-whisper
"""

import os
import sys

from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)
for path in sys.stdin:
    segments, _ = model.transcribe(path.strip(), language="en", beam_size=1)
    print(" ".join(segment.text.strip() for segment in segments), flush=True)
