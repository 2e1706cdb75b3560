"""Settings from all their origins: a configuration that can be used, or a sentence that says where."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from asrd.cli.parser import Parser
from asrd.config.definition import Setting, settings, tables
from asrd.config.document import as_toml, example
from asrd.config.flags import add_config_flags
from asrd.config.loading import LoadedConfig, load_config
from asrd.errors import ConfigError
from tests.fuzz.budget import fuzz
from tests.fuzz.damage import damaged, texts

_ODD: Final = (
    "0",
    "-1",
    "1e400",
    "nan",
    "-inf",
    "1979-05-27",
    "07:32:00",
    "9" * 4000,
    "0x" + "f" * 5000,
    "[0x" + "f" * 5000 + "]",
    "[1, 'a', [true]]",
    "{ a = 1 }",
    '"\\u0000"',
    '"idle:1e999"',
    '"idle:-0"',
    "'" + "x" * 5000 + "'",
    '"""\n[audio]\npolicy = 3\n"""',
    "[" * 60 + "]" * 60,
    "[" * 450 + "]" * 450,
    "[\n" + "[1],\n" * 20 + "]",
    "'~nobody-at-all/x'",
    "true",
)


def texts_of_toml() -> st.SearchStrategy[str]:
    """TOML files: lines that are right, lines that are nearly so, and nonsense between them."""
    keys = st.sampled_from([setting.key for setting in settings()]) | st.sampled_from(
        ("a", "'port'", '"po\\nrt"', "server.port", ".".join("a" * 400), ".".join("a" * 3000), '"\\u202e"', "")
    )
    values = st.sampled_from(_ODD) | st.sampled_from([as_toml(setting.default) for setting in settings()])
    lines = st.one_of(
        st.builds("{} = {}".format, keys, values),
        st.builds("[{}]".format, st.sampled_from([*tables(), "nothing", "[server]", "server.x", '"a\\nb"'])),
        st.sampled_from(("", "# a comment", "]", '"""', "'''", "\t", "\x00", "\r", "\ufeff")),
    )
    deep = st.sampled_from(("", "", ".a", "." + ".".join("a" * 3000)))
    nearly_right = st.builds(
        "[{0.table}]\n{0.key}{1} = {2}\n".format, st.sampled_from(settings()), deep, st.sampled_from(_ODD)
    )
    return nearly_right | st.lists(lines, max_size=12).map("\n".join)


def written_of(loaded: LoadedConfig) -> str:
    """A file that says what was loaded."""
    lines = []
    for table in tables():
        lines.append(f"[{table}]")
        lines += [
            f"{setting.key} = {as_toml(value)}" for setting, value, _ in loaded.entries() if setting.table == table
        ]
    return "\n".join(lines)


def loads_again(loaded: LoadedConfig, path: Path) -> None:
    """What is written from what was loaded says the same."""
    path.write_text(written_of(loaded), encoding="utf-8")
    assert load_config(argparse.Namespace(config=str(path)), {}).config == loaded.config


def test_files(tmp_path: Path) -> None:
    path, again = tmp_path / "asrd.toml", tmp_path / "again.toml"

    def check(content: str | bytes) -> None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        try:
            loaded = load_config(argparse.Namespace(config=str(path)), {})
        except ConfigError as refused:
            assert str(path) in str(refused) or " ms" in str(refused) or "TLS" in str(refused), refused
            assert len(str(refused)) < 600 * (1 + str(refused).count("; line ")), refused
            return
        loads_again(loaded, again)

    full = example().replace("\n#", "\n").encode()
    fuzz("config file", check, texts_of_toml() | damaged(full, len(full)), examples=150)


_TEXTS: Final = st.sampled_from([value.strip("'\"") for value in _ODD if "\n" not in value]) | texts()


def _texts_for(setting: Setting) -> st.SearchStrategy[str]:
    near = [str(setting.default), *setting.choices]
    if setting.limits is not None:
        near += [f"{limit + step:g}" for limit in setting.limits for step in (-1, 0, 1)]
    return st.sampled_from(near) | _TEXTS


def _some_settings() -> st.SearchStrategy[dict[str, str]]:
    one = st.sampled_from(settings()).flatmap(lambda setting: st.tuples(st.just(setting.name), _texts_for(setting)))
    return st.lists(one, max_size=4).map(dict)


def test_variables_and_flags(tmp_path: Path) -> None:
    names = {setting.name: setting for setting in settings()}
    parser = Parser(prog="asrd")
    add_config_flags(parser)
    none = tmp_path / "none.toml"
    none.touch()

    def check(variables: dict[str, str], flags: dict[str, str], other: str) -> None:
        environ = {names[name].variables[0]: text for name, text in variables.items()} | {f"ASRD_{other}": other}
        argv = [f"{names[name].flags[-1]}={text}" for name, text in flags.items()]
        try:
            loaded = load_config(parser.parse_args([f"--config={none}", *argv]), environ)
        except ConfigError as refused:
            assert len(str(refused)) < 1500, refused
            given = [*environ, *(flag.partition("=")[0] for flag in argv)]
            assert any(name in str(refused) for name in given) or " ms" in str(refused), (refused, shlex.join(argv))
            return
        if all(_means_the_same_in_a_file(setting, value) for setting, value, _ in loaded.entries()):
            loads_again(loaded, tmp_path / "again.toml")

    fuzz("config texts", check, _some_settings(), _some_settings(), texts().filter(_is_name), examples=80)


def _means_the_same_in_a_file(setting: Setting, value: Any) -> bool:
    """File names may be any bytes, and begin at another folder there."""
    is_text = not isinstance(value, str) or value.encode("utf-8", "replace").decode() == value
    return is_text and (not setting.is_path or not value or Path(value).is_absolute())


def _is_name(text: Any) -> bool:
    return "\0" not in text and "=" not in text
