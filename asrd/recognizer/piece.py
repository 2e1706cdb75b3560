"""One piece of an utterance: audio up to the length limit, recognised again and again while it grows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from asrd.geometry import MIN_SAMPLES, samples_of
from asrd.mel.growing import GrowingLogMel
from asrd.mel.loudness import loud_span
from asrd.recognizer.output import Output, read_output
from asrd.recognizer.protocols import Decoded, Decoder, DecodeRequest, Encoder, FloatArray, TokenSegment
from asrd.recognizer.windows import WindowCache
from asrd.stop import StopSignal
from asrd.text.loops import token_limit
from asrd.text.prompt import Prompt
from asrd.text.stabilizer import Stabilizer
from asrd.text.transcript import Transcript, repair_repetition
from asrd.values import Hypothesis, StopReason, Timing, UtteranceOptions, Work


@dataclass(frozen=True)
class PieceLimits:
    """What holds for every piece.

    Attributes:
        verify_drafts: whether the tokens of the last pass are offered to the decoder.
        reuse_windows: whether chunks and windows that have not changed stay computed.
        settle_until: the sample from which a cut may take audio away.
    """

    verify_drafts: bool
    reuse_windows: bool
    settle_until: int


class Piece:
    """Takes samples, gives texts."""

    def __init__(
        self, encoder: Encoder, decoder: Decoder, prompt: Prompt, options: UtteranceOptions, limits: PieceLimits
    ) -> None:
        self._decoder = decoder
        self._prompt = prompt
        self._options = options
        self._limits = limits
        self._mel = GrowingLogMel()
        self._windows = WindowCache(encoder)
        self._stabilizer = Stabilizer(samples_of(options.unstable_margin_s), limits.settle_until)
        self._committed_tokens: tuple[int, ...] = ()
        self._last: tuple[int, Decoded] | None = None  # how many samples it covered, what it gave
        self._mel_s = 0.0
        self._counted_frames = 0

    @property
    def samples(self) -> int:
        """How much audio the piece holds."""
        return self._mel.samples

    def append(self, samples: FloatArray) -> None:
        """Hear (n,) float32 samples."""
        started = time.perf_counter()
        self._mel.append(samples)
        self._mel_s += time.perf_counter() - started

    def replace_audio(self, samples: FloatArray) -> None:
        """Take `samples`, the beginning of what was heard, for the whole: the audio was cut there.

        Rows that the cut does not touch stay computed; the mel, a hundredth of the cost, is computed again.
        """
        self._mel = GrowingLogMel()
        self._mel.append(samples)
        self._windows.truncate(self._mel.view().frozen_frames)
        self._counted_frames = min(self._counted_frames, self._mel.view().frozen_frames)

    def recognise(self, stop: StopSignal) -> Hypothesis:
        """The text so far, exactly as the plain pass over the audio so far would give it."""
        decoded = self._decode((), stop)
        output = self._read(decoded)
        text = output.transcript.text
        before = self._stabilizer.committed
        self._stabilizer.update(text, self.samples, output.token_ends)
        if self._stabilizer.committed != before:
            self._committed_tokens = decoded.tokens[: output.token_ends[len(self._stabilizer.committed)]]
        return self._hypothesis(decoded, output.transcript, is_final=False)

    def finish(self, stop: StopSignal) -> Hypothesis:
        """The final text: of the plain pass, or beginning with what was committed."""
        if self._options.final == "best":
            decoded = self._decode((), stop)
            transcript = self._read(decoded).transcript
        else:
            decoded = self._decode(self._committed_tokens, stop)
            transcript = _keep_beginning(self._read(decoded).transcript, self._stabilizer.committed)
        self._stabilizer.finish(transcript.text, self.samples)
        return self._hypothesis(decoded, transcript, is_final=True)

    def _decode(self, forced: tuple[int, ...], stop: StopSignal) -> Decoded:
        known = self._last
        if known is not None and known[0] == self.samples and known[1].tokens[: len(forced)] == forced:
            return replace(known[1], work=Work(), timing=Timing())
        if self.samples < MIN_SAMPLES:
            return Decoded((), StopReason.END, Work(), Timing())
        started = time.perf_counter()
        view = self._mel.view()
        heard = time.perf_counter()
        if not self._limits.reuse_windows:
            self._windows.truncate(0)
        windows, work = self._windows.segments(view)
        timing = Timing(mel_s=self._mel_s + heard - started, encode_s=time.perf_counter() - heard)
        last = known[1].tokens if known is not None and self._limits.verify_drafts else ()
        request = DecodeRequest(
            segments=(TokenSegment(self._prompt.head), *windows, TokenSegment(self._prompt.suffix)),
            max_tokens=token_limit(self.samples),
            forced=forced,
            draft=last[len(forced) :] if last[: len(forced)] == forced else (),
        )
        decoded = self._decoder.decode(request, stop)
        fresh_frames = len(view.log_mel) - self._counted_frames
        self._counted_frames, self._mel_s = view.frozen_frames, 0.0
        decoded = replace(
            decoded, work=work + decoded.work + Work(mel_frames=fresh_frames), timing=timing + decoded.timing
        )
        self._last = (self.samples, decoded)
        return decoded

    def _read(self, decoded: Decoded) -> Output:
        piece: Callable[[int], bytes] = self._decoder.piece
        return read_output(decoded.tokens, piece, self._options.language)

    def _speech(self) -> tuple[int, int]:
        """From which sample to which there is speech."""
        if self.samples < MIN_SAMPLES:
            return 0, self.samples
        return loud_span(self._mel.view().log_mel, self.samples)

    def _hypothesis(self, decoded: Decoded, transcript: Transcript, *, is_final: bool) -> Hypothesis:
        return Hypothesis(
            text=transcript.text,
            language=transcript.language,
            committed=self._stabilizer.committed,
            tail=self._stabilizer.tail,
            is_final=is_final,
            samples=self.samples,
            tokens=decoded.tokens,
            stop=decoded.stop,
            words=self._stabilizer.words(*self._speech()),
            timing=decoded.timing,
            work=decoded.work,
        )


def _keep_beginning(transcript: Transcript, beginning: str) -> Transcript:
    """The transcript with `beginning` as it was shown, even where the repair of repetition touched it."""
    if transcript.text.startswith(beginning):
        return transcript
    rest = transcript.literal.removeprefix(beginning)
    return replace(transcript, text=beginning + repair_repetition(rest))
