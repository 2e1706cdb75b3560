"""Writes the model card from the measured figures, so that no number in it is typed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from asrd.geometry import WINDOW_CHUNKS
from asrd.model_folder import ModelFolder, read_model_folder
from model.train.addresses import WINDOWS
from model.train.assemble import TUNED_SHARE
from model.train.compare import comparison
from model.train.decoder import HIDDEN
from model.train.evaluate import FIGURES
from model.train.export import NANO, folder_bytes
from model.train.finetune import SHIPPED
from model.train.head import COUNT
from model.train.normalise import Rate
from model.train.peers import PEERS
from model.train.sizes import sizes, trained

CARD: Final = "MODEL_CARD.md"
_COLUMNS: Final = 120
_TEXT: Final = Path(__file__).parent / "notices" / "card.md"
_LIMITS: Final = {"dev-commands": 15.0, "dev-accented": 38.0, "synthetic-unseen": 8.0}


def write_card(folder: Path, compared: Mapping[str, Any], widths: Sequence[Mapping[str, Any]] = ()) -> None:
    """Write `MODEL_CARD.md` into a model folder that holds `evaluation.json`.

    Raises:
        FileNotFoundError: there are no figures.
        ValueError: the figures are of other files.
    """
    figures = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
    model = read_model_folder(folder)
    found = {file.role: file.sha256 for file in model.files}
    if figures["sha256"] != found:
        raise ValueError(f"{folder / FIGURES} was measured on other files than those in the folder: evaluate again")
    (folder / CARD).write_text(card(model, figures, compared, widths), encoding="utf-8")


def card(
    model: ModelFolder, figures: Mapping[str, Any], compared: Mapping[str, Any], widths: Sequence[Mapping[str, Any]]
) -> str:
    """The text of the card."""
    parts = {
        "sizes": "\n".join(_sizes(model)),
        "rates": "\n".join(_rates(figures)),
        "checks": "\n".join(_checks(figures)),
        "speed": "\n".join(_speed(figures)),
        "comparison": "\n".join(_comparison(compared)),
        "merging": "\n".join(_merging(figures["merging"])),
        "precision": "\n".join(_precision(figures["precision"])),
        "widths": "\n".join(_widths(widths)),
        "trained": "\n".join(_trained(trained())),
        "longest": f"{WINDOWS * WINDOW_CHUNKS} s",
        "examples": str(COUNT),
        "share": f"{100 * TUNED_SHARE:.0f} %",
        "steps": str(SHIPPED.steps),
        "windows": str(SHIPPED.steps * SHIPPED.batch),
        "sums": "\n".join(f"{file.sha256}  {file.path.name}" for file in model.files),
    }
    text = _TEXT.read_text(encoding="utf-8")
    for name, value in parts.items():
        text = text.replace(f"[[{name}]]", value)
    return text


def _sizes(model: ModelFolder) -> Iterator[str]:
    yield "| file | MB |"
    yield "|---|---|"
    for file in model.files:
        yield f"| `{file.path.name}` | {(file.size_bytes or 0) / 1e6:.1f} |"
    yield f"| the folder | {folder_bytes(model.path) / 1e6:.1f} |"


def _rates(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "| set | clips | nano | aim |"
    yield "|---|---|---|---|"
    for name, values in figures["sets"].items():
        aim = f"at most {_LIMITS[name]:g}" if name in _LIMITS else "-"
        yield f"| {name} | {values['clips']} of {values['of_clips']} | {Rate(**values['wer'])} | {aim} |"
    yield ""
    yield "Beside others, on the same clips (an even sample of each set where there are fewer):"
    yield ""
    yield "| set | clips | nano | " + " | ".join(PEERS) + " |"
    yield "|---|---|---|" + "---|" * len(PEERS)
    for name, values in figures["sets"].items():
        heard = values["peers"]
        if not heard:
            continue
        any_one = next(iter(heard.values()))
        rates = [str(Rate(**heard[peer]["wer"])) if peer in heard else "-" for peer in PEERS]
        yield f"| {name} | {any_one['clips']} | {Rate(**any_one['nano'])} | {' | '.join(rates)} |"


def _checks(figures: Mapping[str, Any]) -> Iterator[str]:
    noise = figures["noise"]
    trained, unseen = noise["with_text_trained_half"], noise["with_text_unseen_half"]
    yield _wrapped(
        f"- Noise: {noise['with_text']} of {noise['clips']} clips give text ({unseen[0]} of {unseen[1]} that the "
        f"speech head has not been trained on, {trained[0]} of {trained[1]} that it has; {noise['unreadable']} cannot "
        f"be read)."
    )
    clips = sum(values["clips"] for values in figures["sets"].values())
    equal = sum(values["streamed_equal"] for values in figures["sets"].values())
    runaway = sum(values["runaway"] for values in figures["sets"].values())
    empty = sum(values["empty"] for values in figures["sets"].values())
    yield f"- Streaming gives the text of the offline pass on {equal} of {clips} clips."
    yield f"- Looped output: {runaway} of {clips} clips. Clips with speech that give no text: {empty}."


def _speed(figures: Mapping[str, Any]) -> Iterator[str]:
    if "speed" not in figures:
        yield "Not measured with these files yet: `python -m model.train speed` on quiet cores, then the card again."
        return
    speed = figures["speed"]
    machine = speed["machine"]
    load = "unknown" if speed["load"] is None else f"{speed['load']:.1f}"
    yield f"Measured with {speed['threads']} threads on {machine['processor']} ({machine['cores']} cores)."
    yield f"Programs that were running or waiting in the minute before: {load}."
    yield ""
    yield f"- loading {speed['load_s']:.2f} s, peak resident memory {speed['peak_resident_mb']:.0f} MB"
    yield f"- real-time factor {speed['real_time_factor_28_s']:.3f} for 28 s of audio in one go"
    yield (
        f"- a partial pass on an open window of 8 s: {speed['open_window_pass_ms_median']:.0f} ms in the median, "
        f"{speed['open_window_pass_ms_least']:.0f} ms at least"
    )


def _comparison(compared: Mapping[str, Any]) -> Iterator[str]:
    if not compared:
        yield "Not measured in this run."
        return
    yield "| setting | clips of each set | " + " | ".join(_SETS) + " | loops | ms of processor a window |"
    yield "|---|---|---|---|---|---|---|"
    for name, told in compared.items():
        rates = [str(Rate(**{key: told[part][key] for key in ("percent", "low", "high")})) for part in _SETS]
        loops = sum(told[part]["loops"] for part in _SETS)
        yield f"| {name} | {told['clips']} | {' | '.join(rates)} | {loops} | {told['processor_ms_per_window']:.0f} |"


def _merging(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| windows | utterances | errors, joined | errors, asrd's text | the same text | the same tokens | no end |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        joined, merged = (Rate(**row[part]) for part in ("joined", "merged"))
        counts = (row[part] for part in ("same_text", "same_tokens", "unended"))
        yield f"| {row['windows']} | {row['utterances']} | {joined} | {merged} | {' | '.join(map(str, counts))} |"


def _precision(sets: Mapping[str, Any]) -> Iterator[str]:
    yield "| set | clips | fp32 and f32 | int8 and q8_0 (shipped) | cost in points |"
    yield "|---|---|---|---|---|"
    for name, told in sets.items():
        rates = [str(Rate(**told[part])) for part in ("fp32", "shipped", "cost")]
        yield f"| {name} | {told['clips']} | {' | '.join(rates)} |"


def _widths(widths: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not widths:
        yield "Not measured in this run."
        return
    yield "| width | MB | tokens | wrong | ms a token |"
    yield "|---|---|---|---|---|"
    for told in widths:
        name = f"{told['width']} (shipped)" if told["width"] == HIDDEN else told["width"]
        yield f"| {name} | {told['megabytes']} | {told['tokens']} | {told['wrong']} | {told['ms_per_token']} |"


def _trained(told: Mapping[str, Any]) -> Iterator[str]:
    sorts = list(told["short"][0]["wrong_tokens"])
    yield f"| trained for {told['steps']} steps | million parameters | {' | '.join(sorts)} |"
    yield "|---|---|" + "---|" * len(sorts)
    for one in told["short"]:
        wrong = " | ".join(str(one["wrong_tokens"][sort]) for sort in sorts)
        yield f"| {one['name']} | {one['parameters_m']} | {wrong} |"
    whole = told["whole"]
    yield ""
    yield _wrapped(
        f"The best of them, trained longer: {Rate(**whole['merged'])} % of the words wrong on {whole['utterances']} "
        f"long utterances where the joined texts have {Rate(**whole['joined'])}; {whole['looped']} looped (commit "
        f"{told['commit']})."
    )


def _wrapped(text: str) -> str:
    """In lines of at most `_COLUMNS`; those of an item of a list stand below its first word."""
    return textwrap.fill(text, _COLUMNS, subsequent_indent="  " if text.startswith("- ") else "")


_SETS: Final = ("dev-commands", "dev-accented", "synthetic-unseen")


def run(*, smoke: bool) -> None:
    """The stage: model/nano/MODEL_CARD.md."""
    if not smoke:
        write_card(NANO, comparison(), sizes())
