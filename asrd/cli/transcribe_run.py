"""`asrd transcribe`: reads the files, recognises them, writes the results."""

from __future__ import annotations

import argparse

from asrd.cli.formats import Result, render
from asrd.cli.options import engine_options, input_path, model_path, utterance_options
from asrd.cli.output import Failures, open_output
from asrd.cli.passes import Spoken, offline, streamed
from asrd.cli.transcribe import DEFAULT_INTERVAL_S
from asrd.errors import ConfigError
from asrd.geometry import samples_of
from asrd.recognizer.engine import Recognizer
from asrd.source.file import FloatArray, read_audio


def run(args: argparse.Namespace) -> int:
    """Transcribe all files; returns the exit code of the first that failed.

    Raises:
        AsrdError: concerning the command line, the model or the output, not a file.
    """
    _check_flags(args)
    utterance_options(args)  # a wrong language is told before anything is loaded
    failures = Failures()
    with open_output(args.output) as output, _LazyRecognizer(args) as lazy:
        for path in args.files:
            audio = None
            with failures.reported():
                audio = read_audio(input_path(path))
            if audio is not None:
                recognizer = lazy.open()  # its failure concerns all files
                with failures.reported():
                    spoken = _recognise(recognizer, audio.samples, args)
                    result = Result(path, audio, spoken, recognizer.folder.name)
                    output.write(render(result, args.format, with_name=len(args.files) > 1))
    return failures.exit_code


def _check_flags(args: argparse.Namespace) -> None:
    for flag in ("interval", "final"):
        if getattr(args, flag) is not None and not args.stream:
            raise ConfigError(f"--{flag} says how a stream is recognised: give --stream as well, or leave it out")
    if args.format in ("srt", "vtt") and len(args.files) > 1:
        raise ConfigError(f"--format {args.format} makes one file of subtitles: give one audio file at a time")


def _recognise(recognizer: Recognizer, samples: FloatArray, args: argparse.Namespace) -> Spoken:
    options = utterance_options(args)
    if not args.stream:
        return offline(recognizer, samples, options)
    interval_s = DEFAULT_INTERVAL_S if args.interval is None else args.interval
    return streamed(recognizer, samples, options, samples_of(interval_s))


class _LazyRecognizer:
    """The model, loaded when the first usable file needs it, so that a wrong file name is told at once."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._recognizer: Recognizer | None = None

    def open(self) -> Recognizer:
        """The model; raises as `Recognizer.open`."""
        if self._recognizer is None:
            self._recognizer = Recognizer.open(model_path(self._args), engine_options(self._args))
        return self._recognizer

    def __enter__(self) -> _LazyRecognizer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._recognizer is not None:
            self._recognizer.close()
