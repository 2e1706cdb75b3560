from __future__ import annotations

from pathlib import Path

import pytest

from asrd.config.model import engine_options, model_folder, utterance_options
from asrd.errors import ConfigError
from asrd.options import ModelOptions, SegmentOptions
from asrd.values import EngineOptions, UtteranceOptions


def test_defaults_are_those_of_the_recognizer() -> None:
    assert engine_options(ModelOptions(), SegmentOptions()) == EngineOptions()
    assert utterance_options(ModelOptions()) == UtteranceOptions()


def test_engine() -> None:
    model = ModelOptions(threads=3, gpu_layers=0, library="/lib.so", context="x" * 1000)
    assert engine_options(model, SegmentOptions(max_utterance_s=9.0)) == EngineOptions(
        threads=3, gpu_layers=0, max_utterance_s=9.0, context_tokens=1000, library="/lib.so"
    )


def test_utterance() -> None:
    model = ModelOptions(language="DE", context="Köln", final="consistent", unstable_margin_s=0.5)
    expected = UtteranceOptions(language="German", context="Köln", final="consistent", unstable_margin_s=0.5)
    assert utterance_options(model) == expected
    assert utterance_options(ModelOptions(language="Auto")).language is None
    with pytest.raises(ConfigError, match="tlh"):
        utterance_options(ModelOptions(language="tlh"))


def test_model_folder() -> None:
    assert model_folder(ModelOptions(path="/m")) == Path("/m")
