from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asrd.geometry import WINDOW_ROWS
from asrd.llama.context import Context
from asrd.llama.library import load_library
from asrd.llama.model import Model
from asrd.recognizer.decoding import LlamaDecoder
from asrd.recognizer.protocols import DecodeRequest, RowSegment, Segment, TokenSegment
from asrd.stop import StopSignal
from asrd.values import StopReason
from model.train.vocabulary import NanoVocabulary
from model.train.vocabulary_smoke import SENTENCES, smoke_vocabulary

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("default")]
torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from model.train.decoder import Decoder, DecoderShape  # noqa: E402  needs torch
from model.train.decoder_files import load_row_code, save_row_code, write_gguf  # noqa: E402
from model.train.pretrain import Schedule, Trainer, load_decoder, make_batch, measure, predictions  # noqa: E402
from model.train.simulate import Border, Example, Pieces, Simulator  # noqa: E402

SHAPE = DecoderShape(hidden=128, layers=2, heads=6, head_dim=32, ffn=96)


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    return Pieces(*smoke_vocabulary(tmp_path_factory.mktemp("pieces")))


@pytest.fixture(scope="module")
def vocabulary(pieces: Pieces) -> NanoVocabulary:
    return pieces.vocabulary


@pytest.fixture(scope="module")
def simulator(pieces: Pieces) -> Simulator:
    return Simulator([pieces], SENTENCES, seed=3)


def decoder_of(vocabulary: NanoVocabulary, **changes: Any) -> Decoder:
    end_id = vocabulary.ids["<|im_end|>"]
    shape = replace(SHAPE, vocabulary=len(vocabulary), window_id=vocabulary.window_id, end_id=end_id)
    decoder = Decoder(replace(shape, **changes))
    decoder.eval()
    return decoder


class TestSimulation:
    def test_the_same_step_has_the_same_examples(self, pieces: Pieces, simulator: Simulator) -> None:
        again = Simulator([pieces], SENTENCES, seed=3).examples(5, 20)
        assert simulator.examples(5, 20) == again
        assert simulator.examples(6, 20) != again

    def test_examples_fit_the_geometry(self, simulator: Simulator, vocabulary: NanoVocabulary) -> None:
        kinds = set()
        for example in simulator.examples(0, 400):
            counts = [count for _, count in example.windows]
            assert all(count == WINDOW_ROWS for count in counts[:-1])
            assert 1 <= counts[-1] <= WINDOW_ROWS
            assert all(len(window or ()) < count for window, count in example.windows)
            spoken = [window for window, _ in example.windows if window is not None]
            assert all(spoken)
            assert example.output.count(vocabulary.window_id) == len(spoken)
            assert example.output[-1] == vocabulary.ids["<|im_end|>"]
            text = vocabulary.text(example.output)
            kinds.add((len(counts), len(spoken), text.startswith("language None")))
            assert text.startswith("language None") <= (not spoken)
        assert {(1, 1, False), (1, 0, True), (2, 1, False), (3, 3, False)} <= kinds

    def test_most_windows_are_copied(self, simulator: Simulator, vocabulary: NanoVocabulary) -> None:
        copied = total = 0
        for example in simulator.examples(1, 300):
            if len(example.windows) == 1 and example.windows[0][0]:
                total += 1
                copied += vocabulary.text(example.output).endswith(vocabulary.text(example.windows[0][0]))
        assert total > 50
        assert copied == total

    def test_a_border_changes_what_is_heard_but_not_what_is_written(self, simulator: Simulator) -> None:
        simulator.random = np.random.default_rng(1)
        heard = set()
        for _ in range(60):
            words, rest = ["the", "small"], ["harbour", "came"]
            border = Border([*words], [*words], [*rest], [*rest])
            simulator._junction(border)
            assert [*border.left_target, *border.right_target] == [*words, *rest]
            heard.add((border.left_heard[-1], border.right_heard[0]))
        assert {"Harbour", "harbour"} & {right for _, right in heard}
        assert any(left.endswith(".") for left, _ in heard)
        assert any("harbour".startswith(left.rstrip(".").lower()) for left, _ in heard if left[:1] == "h")

    def test_the_end_of_a_sentence_stays(self, simulator: Simulator) -> None:
        border = Border(["came."], ["came."], ["The"], ["The"])
        simulator._junction(border)
        assert (border.left_heard, border.right_heard) == (["came."], ["The"])


class TestArchitecture:
    def test_a_position_sees_nothing_after_it(self, simulator: Simulator, vocabulary: NanoVocabulary) -> None:
        decoder = decoder_of(vocabulary)
        batch = make_batch(simulator.examples(0, 4), vocabulary.window_id)
        x = decoder.embed(batch.tokens, batch.previous, batch.index, batch.rest, batch.kind)
        changed = x.clone()
        changed[:, 12:] += 1
        with torch.no_grad():
            before, after = decoder(x, batch.positions), decoder(changed, batch.positions)
        assert torch.allclose(before[:, :12], after[:, :12], atol=1e-5)
        assert not torch.allclose(before[:, 12:], after[:, 12:], atol=1e-2)

    def test_it_is_qwen3(self, simulator: Simulator, vocabulary: NanoVocabulary) -> None:
        transformers = pytest.importorskip("transformers")
        decoder = decoder_of(vocabulary, structured=False)
        config = transformers.Qwen3Config(
            vocab_size=len(vocabulary),
            hidden_size=SHAPE.hidden,
            intermediate_size=SHAPE.ffn,
            num_hidden_layers=SHAPE.layers,
            num_attention_heads=SHAPE.heads,
            num_key_value_heads=SHAPE.heads,
            head_dim=SHAPE.head_dim,
            rms_norm_eps=1e-6,
            rope_parameters={"rope_type": "default", "rope_theta": SHAPE.rope_theta},
            tie_word_embeddings=True,
        )
        reference = transformers.Qwen3Model(config).eval()
        names = {name.replace("mlp.", ""): name for name in reference.state_dict()}
        own = {names[name]: weight for name, weight in decoder.state_dict().items() if name in names}
        reference.load_state_dict(own)
        batch = make_batch(simulator.examples(0, 3), vocabulary.window_id)
        with torch.no_grad():
            x = decoder.embed(batch.tokens, batch.previous, batch.index, batch.rest, batch.kind)
            expected = reference(inputs_embeds=x, position_ids=batch.positions).last_hidden_state
            assert torch.allclose(decoder(x, batch.positions), expected, atol=2e-4)

    def test_the_structured_start_copies(self, simulator: Simulator, vocabulary: NanoVocabulary) -> None:
        examples = [e for e in simulator.examples(2, 60) if len(e.windows) == 1]
        errors = {
            structured: measure(decoder_of(vocabulary, structured=structured, hidden=192, head_dim=64), examples)
            for structured in (True, False)
        }
        assert errors[True].token_error < 0.5
        assert errors[False].token_error > 0.9

    def test_the_structured_start_takes_every_window_and_ends_after_the_last(
        self, simulator: Simulator, vocabulary: NanoVocabulary
    ) -> None:
        decoder = decoder_of(vocabulary, hidden=192, head_dim=64)
        end, window = decoder.shape.end_id, decoder.shape.window_id
        for example in simulator.examples(4, 40):
            batch = make_batch([example], window)
            with torch.no_grad():
                logits, targets = predictions(decoder, batch)
            after_window = batch.tokens[batch.targets != -100] == window
            predicted = logits.argmax(dim=-1)[after_window]
            assert ((predicted == end) == (targets[after_window] == end)).all()

    @pytest.mark.parametrize("changes", [{}, {"with_previous": False}, {"with_index": False}])
    def test_the_row_code_gives_the_rows_of_training(
        self, simulator: Simulator, vocabulary: NanoVocabulary, changes: dict[str, bool], tmp_path: Path
    ) -> None:
        decoder = decoder_of(vocabulary, **changes)
        save_row_code(decoder.row_code(), tmp_path / "rowcode.npz")
        code = load_row_code(tmp_path / "rowcode.npz")
        for example in simulator.examples(0, 20):
            batch = make_batch([example], vocabulary.window_id)
            with torch.no_grad():
                x = decoder.embed(batch.tokens, batch.previous, batch.index, batch.rest, batch.kind)[0].numpy()
            start = len(example.head)
            for window, count in example.windows:
                np.testing.assert_allclose(code.rows(window, count), x[start : start + count], atol=1e-4)
                start += count

    def test_a_window_that_fills_all_rows_is_refused(self, vocabulary: NanoVocabulary) -> None:
        with pytest.raises(ValueError, match="3 tokens do not fit into 3 rows"):
            decoder_of(vocabulary).row_code().rows([1, 2, 3], 3)


class TestTraining:
    def test_a_short_training_lowers_the_loss_and_can_be_resumed(
        self, simulator: Simulator, vocabulary: NanoVocabulary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        schedule = Schedule(steps=32, batch=4, warmup=5)

        def trainer(folder: str) -> Trainer:
            return Trainer(decoder_of(vocabulary), schedule, tmp_path / folder, bfloat16=False)

        whole = trainer("whole")
        whole.run(simulator, check_every=10, check=lambda _: "checked")
        assert whole.step == 32
        assert np.mean(whole.losses[-6:]) < 0.6 * np.mean(whole.losses[:4])
        assert "step 30: checked" in capsys.readouterr().err

        first = trainer("parts")
        first.run(simulator, until=lambda: first.step == 14)
        second = trainer("parts")
        assert second.resume()
        assert second.step == 14
        second.run(simulator)
        np.testing.assert_allclose(second.losses, whole.losses, rtol=1e-3)

        loaded = load_decoder(tmp_path / "parts" / "checkpoint.pt")
        examples = simulator.examples(99, 10)
        assert measure(loaded, examples) == measure(second.decoder.eval(), examples)

    def test_a_checkpoint_of_another_schedule_is_not_resumed(self, vocabulary: NanoVocabulary, tmp_path: Path) -> None:
        Trainer(decoder_of(vocabulary), Schedule(steps=10), tmp_path).save()
        assert not Trainer(decoder_of(vocabulary), Schedule(steps=11), tmp_path).resume()
        assert Trainer(decoder_of(vocabulary), Schedule(steps=10), tmp_path).resume()

    def test_left_out_blank_rows_keep_their_positions(self, simulator: Simulator, vocabulary: NanoVocabulary) -> None:
        example = next(e for e in simulator.examples(0, 50) if len(e.windows) == 2 and e.windows[0][0])
        whole, part = (make_batch([example], vocabulary.window_id, blanks) for blanks in (WINDOW_ROWS, 1))
        assert part.tokens.shape[1] < whole.tokens.shape[1]
        assert part.positions[0, -1] == whole.positions[0, -1] == whole.positions.shape[1] - 1


@pytest.mark.parametrize(("decoder_type", "tolerance"), [("f32", 0.02), ("q8_0", 0.08)])
def test_the_file_computes_what_was_trained(
    simulator: Simulator, vocabulary: NanoVocabulary, tmp_path: Path, decoder_type: Any, tolerance: float
) -> None:
    decoder = decoder_of(vocabulary)
    path = tmp_path / "decoder.gguf"
    write_gguf(decoder, vocabulary, path, decoder_type)
    code = decoder.row_code()
    with Model(load_library(), path) as model:
        assert (model.width, model.vocabulary_size, model.position_planes) == (SHAPE.hidden, len(vocabulary), 1)
        with Context(model, positions=512, batch=128, outputs=32, threads=1) as context:
            for example in simulator.examples(0, 8):
                expected = _expected_logits(decoder, example)
                position = _feed_rows(context, example, code)
                context.decode_tokens(example.suffix, position, outputs=1, stop=StopSignal())
                found = context.logits(len(example.suffix) - 1)
                assert np.abs(found - expected).mean() < tolerance * expected.std()
            _decode_greedily(LlamaDecoder(model, context), simulator.examples(0, 1)[0], code)


def _expected_logits(decoder: Decoder, example: Example) -> Any:
    with torch.no_grad():
        logits, _ = predictions(decoder, make_batch([example], decoder.shape.window_id))
    return logits[0].numpy()


def _feed_rows(context: Context, example: Example, code: Any) -> int:
    context.clear()
    context.decode_tokens(example.head, 0, stop=StopSignal())
    position = len(example.head)
    for window, count in example.windows:
        context.decode_rows(code.rows(window, count), position, stop=StopSignal())
        position += count
    return position


def _decode_greedily(decoder: LlamaDecoder, example: Example, code: Any) -> None:
    rows = [RowSegment(code.rows(window, count)) for window, count in example.windows]
    segments: list[Segment] = [TokenSegment(example.head), *rows, TokenSegment(example.suffix)]
    decoded = decoder.decode(DecodeRequest(segments, 5), StopSignal())
    assert decoded.stop in (StopReason.LENGTH, StopReason.END)
