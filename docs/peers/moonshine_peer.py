"""Moonshine tiny as a peer: pip install moonshine-voice soundfile; the weights come with the package."""

import sys

import soundfile
from moonshine_voice import ModelArch, Transcriber, get_model_path

transcriber = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY)
for path in sys.stdin:
    samples, rate_hz = soundfile.read(path.strip(), dtype="float32")
    heard = transcriber.transcribe_without_streaming(samples.tolist(), rate_hz)
    print(" ".join(line.text.strip() for line in heard.lines), flush=True)
