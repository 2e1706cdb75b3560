"""Settings of the model as the recognizer takes them, and the folder of the model that is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from asrd.config.checking import AUTOMATIC
from asrd.config.definition import VARIABLE_ALIASES
from asrd.options import ModelOptions, SegmentOptions
from asrd.shipped import shipped_model
from asrd.store.installed import find_model
from asrd.text.languages import language_name
from asrd.text.prompt import MAX_CONTEXT_TOKENS
from asrd.values import EngineOptions, FinalMode, UtteranceOptions

MODEL_VARIABLE: Final = VARIABLE_ALIASES["model.path"]


def engine_options(model: ModelOptions, segment: SegmentOptions) -> EngineOptions:
    """How the model is to be run."""
    return EngineOptions(
        threads=model.threads,
        gpu_layers=model.gpu_layers,
        max_utterance_s=segment.max_utterance_s,
        context_tokens=context_tokens(model.context),
        library=model.library or None,
    )


def utterance_options(model: ModelOptions) -> UtteranceOptions:
    """How an utterance is to be recognised.

    Raises:
        ConfigError: the language is unknown.
    """
    final: FinalMode = "consistent" if model.final == "consistent" else "best"
    return UtteranceOptions(
        language=forced_language(model.language),
        context=model.context,
        final=final,
        unstable_margin_s=model.unstable_margin_s,
    )


def forced_language(language: str) -> str | None:
    """The model's name of a language, or None for `auto`.

    Raises:
        ConfigError: the language is unknown.
    """
    return None if language.lower() == AUTOMATIC else language_name(language)


def context_tokens(context: str) -> int:
    """Room for a context text: a token is at least one byte of it."""
    return min(MAX_CONTEXT_TOKENS, max(EngineOptions().context_tokens, len(context.encode())))


def model_folder(model: ModelOptions) -> Path:
    """The folder of the model that is meant: the one named, by path or by name, else the one that comes with asrd.

    Raises:
        NotPulledError: it is the name of a model that is not on this machine.
        ModelError: none is named and none came, or the name is misspelt.
    """
    return find_model(model.path) if model.path else shipped_model()
