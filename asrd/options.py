"""Every setting of the daemon: name, type, default, limits and one line of help, in one place.

The configuration file, the environment (`ASRD_*`), the flags, `asrd config` and the documentation are all derived from
these dataclasses. How a model is run and how an utterance is recognised: `asrd.values`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def setting(
    default: Any, help_text: str, *, limits: tuple[float, float] | None = None, choices: tuple[str, ...] = ()
) -> Any:
    """A dataclass field with its help, and its least and greatest value or the values allowed."""
    return field(default=default, metadata={"help": help_text, "limits": limits, "choices": choices})


@dataclass(frozen=True)
class ModelOptions:
    """Which model, and how it is run."""

    path: str = setting("", "model folder, or the name of a model; empty: the model that comes with asrd")
    threads: int = setting(0, "processor threads; 0: one a core, at most 8", limits=(0, 512))
    gpu_layers: int = setting(-1, "decoder layers on the GPU; -1: all where there is one", limits=(-1, 10_000))
    library: str = setting("", "llama.cpp library; empty: the pinned one")
    language: str = setting("auto", "spoken language, by name or code; auto: the model tells")
    context: str = setting("", "text that helps with names and terms")
    final: str = setting(
        "best",
        "best: the exact offline text; consistent: begins with what was committed",
        choices=("best", "consistent"),
    )
    unstable_margin_s: float = setting(1.0, "a word unchanged for so long is committed", limits=(0.0, 60.0))


@dataclass(frozen=True)
class AudioOptions:
    """The microphone."""

    device: str = setting("", "microphone by name, part of its name, or index; empty: the system's default")
    policy: str = setting("always", "always, idle:SECONDS (close after so long without use) or on-demand")
    channel_s: float = setting(
        30.0, "audio kept while the segmenter is busy; more is lost and told", limits=(1.0, 300.0)
    )
    zeros_s: float = setting(5.0, "so long of exact zeros means that the microphone gives nothing", limits=(1.0, 600.0))
    retry_s: float = setting(1.0, "how often a lost microphone is tried again", limits=(0.1, 60.0))


@dataclass(frozen=True)
class SegmentOptions:
    """When an utterance begins and ends."""

    vad: str = setting("silero", "which voice detector (docs/VAD.md compares them)", choices=("silero", "webrtc"))
    threshold: float = setting(0.5, "silero: probability from which a frame is voiced", limits=(0.05, 0.95))
    aggressiveness: int = setting(3, "webrtc: 0 hears most, 3 rejects most", limits=(0, 3))
    onset_ms: int = setting(60, "voiced audio within the onset window that begins an utterance", limits=(10, 2000))
    onset_window_ms: int = setting(120, "the onset window", limits=(10, 4000))
    resume_ms: int = setting(60, "voiced audio within the onset window that takes up speech again", limits=(10, 2000))
    preroll_ms: int = setting(500, "audio before the onset that belongs to the utterance", limits=(0, 5000))
    pause_ms: int = setting(200, "silence after which the final is computed ahead", limits=(30, 5000))
    hangover_ms: int = setting(700, "silence that ends an utterance", limits=(50, 10_000))
    tail_pad_ms: int = setting(200, "audio after the last voiced frame that belongs to the utterance", limits=(0, 5000))
    min_speech_ms: int = setting(120, "utterances with less voiced audio are dropped", limits=(0, 5000))
    max_utterance_s: float = setting(18.0, "longer utterances are cut at their quietest place", limits=(2.0, 1200.0))


@dataclass(frozen=True)
class PipelineOptions:
    """Passes, sessions, shutdown."""

    partials: bool = setting(True, "recognise utterances while they grow")
    interval_ms: int = setting(250, "least new audio between two passes of an utterance", limits=(20, 10_000))
    first_ms: int = setting(350, "audio of an utterance before its first pass", limits=(50, 10_000))
    max_sessions: int = setting(
        16,
        "streams recognised at once, the microphone included; half for one of several tokens that send audio",
        limits=(1, 256),
    )
    backlog_s: float = setting(60.0, "audio of one session that may wait for the recognizer", limits=(5.0, 3600.0))
    drain_s: float = setting(10.0, "time for the last words at shutdown", limits=(0.0, 600.0))


@dataclass(frozen=True)
class ServerOptions:
    """Who may connect, and how much they may ask for."""

    host: str = setting("127.0.0.1", "address to listen on; another than loopback needs a token and TLS")
    port: int = setting(8765, "port; 0: any free one", limits=(0, 65_535))
    unix_socket: str = setting("", "path of a Unix-domain socket to listen on instead")
    tls_cert: str = setting("", "certificate chain (PEM)")
    tls_key: str = setting("", "private key (PEM)")
    token_file: str = setting("", "file with the tokens (mode 0600); empty: in the state folder, made at first start")
    require_token: bool = setting(True, "refuse clients without a token, on loopback as well")
    origins: tuple[str, ...] = setting((), "web origins allowed beside the daemon's own pages")
    hosts: tuple[str, ...] = setting((), "host names allowed beside the address listened on")
    max_connections: int = setting(
        64, "connections at once; half of them for one of several tokens, more beside listeners", limits=(1, 10_000)
    )
    max_message_bytes: int = setting(1 << 20, "longest message of a client", limits=(1024, 64 << 20))
    messages_per_s: int = setting(200, "messages of a client a second, in a run of ten seconds", limits=(1, 100_000))
    outbox_bytes: int = setting(
        1 << 20, "what may wait for a slow client before it is disconnected", limits=(1024, 64 << 20)
    )
    replay: int = setting(50, "finals kept for clients that connect later", limits=(0, 10_000))


@dataclass(frozen=True)
class HistoryOptions:
    """What is written down; nothing unless asked."""

    enabled: bool = setting(False, "append every final to a JSONL file")
    audio: bool = setting(False, "keep the audio of every utterance as FLAC as well")
    folder: str = setting("", "where; empty: history in the state folder")
    max_mb: int = setting(500, "the oldest audio and text beyond this is deleted", limits=(1, 1_000_000))


@dataclass(frozen=True)
class LogOptions:
    """Diagnostics."""

    text: bool = setting(False, "write dictated text into the log")


@dataclass(frozen=True)
class Config:
    """All of it; each field is a table of the configuration file."""

    model: ModelOptions = ModelOptions()
    audio: AudioOptions = AudioOptions()
    segment: SegmentOptions = SegmentOptions()
    pipeline: PipelineOptions = PipelineOptions()
    server: ServerOptions = ServerOptions()
    history: HistoryOptions = HistoryOptions()
    log: LogOptions = LogOptions()
