"""Where a value comes from, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asrd.config.definition import settings
from asrd.config.loading import load_config
from asrd.errors import ConfigError
from asrd.options import Config
from tests.config.conftest import Load


def test_nothing_said(load: Load) -> None:
    loaded = load()
    assert loaded.config == Config()
    assert set(loaded.origins.values()) == {"default"}
    assert not loaded.has_file
    assert loaded.warnings == ()


def test_everything_that_is_wrong_in_a_file_is_told_at_once(load: Load, tmp_path: Path) -> None:
    text = "[log]\ntext = 3\n[server]\nport = 1001\nreplay = -1\nprot = 1\n[servr]\nx = 1"
    with pytest.raises(ConfigError) as refused:
        load(text)
    assert str(refused.value).split("; line ") == [
        f"{tmp_path / 'config' / 'asrd' / 'asrd.toml'}, line 2: log.text = 3 is a whole number; it takes true or false",
        "5: server.replay = -1 cannot be used; it takes a whole number from 0 to 10000",
        "6: server.prot is no setting; did you mean server.port?",
        "7: servr is no table of the configuration; did you mean server?",
    ]


def test_it_is_told_in_the_order_of_the_lines(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"line 1: server.*; line 2: log.*; line 3: server"):
        load("server.prot = 1\nlog.text = 3\nserver.xyzzy = 2")


def test_without_arguments_it_reads_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ASRD_SERVER_PORT", "4000")
    assert load_config().config.server.port == 4000


def test_the_last_word_counts(load: Load, tmp_path: Path) -> None:
    text = "[server]\nport = 1001\nhost = 'a'\nreplay = 3\n"
    loaded = load(text, "--server-port", "1003", ASRD_SERVER_PORT="1002", ASRD_SERVER_HOST="b")
    server = loaded.config.server
    assert (server.port, server.host, server.replay) == (1003, "b", 3)
    assert loaded.origins["server.port"] == "--server-port"
    assert loaded.origins["server.host"] == "ASRD_SERVER_HOST"
    assert loaded.origins["server.replay"] == f"{tmp_path / 'config' / 'asrd' / 'asrd.toml'}:4"
    assert loaded.origins["server.max_connections"] == "default"
    assert loaded.has_file


def test_entries_are_all_settings_with_their_values(load: Load) -> None:
    entries = {setting.name: (value, origin) for setting, value, origin in load("[log]\ntext = true").entries()}
    assert list(entries) == [setting.name for setting in settings()]
    assert entries["log.text"][0] is True
    assert entries["log.text"][1].endswith("asrd.toml:2")


class TestKinds:
    """Every type, from every origin."""

    def test_file(self, load: Load) -> None:
        config = load(
            "[server]\nport = 1\nrequire_token = false\norigins = ['https://a', 'https://b']\n"
            "[pipeline]\nbacklog_s = 7\n[model]\ncontext = 'x'"
        ).config
        assert config.server.port == 1
        assert config.server.require_token is False
        assert config.server.origins == ("https://a", "https://b")
        assert config.pipeline.backlog_s == 7.0
        assert isinstance(config.pipeline.backlog_s, float)
        assert config.model.context == "x"

    def test_environment(self, load: Load) -> None:
        config = load(
            ASRD_SERVER_REQUIRE_TOKEN="No",
            ASRD_SERVER_ORIGINS="https://a, https://b,",
            ASRD_PIPELINE_BACKLOG_S="7",
            ASRD_LOG_TEXT="1",
        ).config
        assert config.server.require_token is False
        assert config.log.text is True
        assert config.server.origins == ("https://a", "https://b")
        assert config.pipeline.backlog_s == 7.0
        assert isinstance(config.pipeline.backlog_s, float)

    def test_flags(self, load: Load) -> None:
        flags = ("--server-require-token=off", "--server-origins=https://a", "--pipeline-backlog-s=7", "--context", "")
        config = load("[model]\ncontext = 'x'", *flags).config
        assert config.server.require_token is False
        assert config.server.origins == ("https://a",)
        assert config.pipeline.backlog_s == 7.0
        assert config.model.context == ""  # a flag can take a text away, an empty variable says nothing


def test_empty_variables_say_nothing(load: Load) -> None:
    loaded = load("[model]\npath = '/m'", ASRD_MODEL="", ASRD_MODEL_PATH="", ASRD_CONFIG="")
    assert loaded.config.model.path == "/m"


@pytest.mark.parametrize(
    ("variables", "path", "origin"),
    [
        ({"ASRD_MODEL": "/a"}, "/a", "ASRD_MODEL"),
        ({"ASRD_MODEL": "/a", "ASRD_MODEL_PATH": "/b"}, "/b", "ASRD_MODEL_PATH"),
    ],
    ids=["old name", "both"],
)
def test_the_old_name_of_the_model(load: Load, variables: dict[str, str], path: str, origin: str) -> None:
    loaded = load(**variables)
    assert (loaded.config.model.path, loaded.origins["model.path"]) == (path, origin)


def test_the_library_variable_is_a_setting(load: Load) -> None:
    assert load("[model]\nlibrary = '/file'", ASRD_LLAMA_LIB="/lib.so").config.model.library == "/lib.so"


@pytest.mark.parametrize(
    ("flag", "name"),
    [
        ("--model", "path"),
        ("--model-path", "path"),
        ("--language", "language"),
        ("--context", "context"),
    ],
)
def test_short_flags(load: Load, flag: str, name: str) -> None:
    loaded = load(None, flag, "en")
    assert getattr(loaded.config.model, name) == "en"
    assert loaded.origins[f"model.{name}"] == flag


class TestPaths:
    def test_home(self, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", "/home/me")
        text = "[server]\ntls_cert = '~/c.pem'\ntls_key = '~/k.pem'"
        config = load(text, "--model=~/m", ASRD_HISTORY_FOLDER="~/h").config
        assert config.server.tls_cert == "/home/me/c.pem"
        assert config.model.path == "/home/me/m"
        assert config.history.folder == "/home/me/h"

    def test_relative_to_the_file(self, load: Load, tmp_path: Path) -> None:
        config = load("[model]\npath = '../m'\n[server]\nunix_socket = ''", ASRD_HISTORY_FOLDER="h").config
        assert os.path.normpath(config.model.path) == str(tmp_path / "config" / "m")
        assert config.history.folder == "h"
        assert config.server.unix_socket == ""

    def test_other_texts_stay(self, load: Load) -> None:
        assert load("[model]\ncontext = '~/m'").config.model.context == "~/m"


class TestFile:
    def test_named(self, load: Load, tmp_path: Path) -> None:
        for number, name in enumerate(("flag", "variable"), start=1):
            (tmp_path / name).write_text(f"server.port = {number}", encoding="utf-8")
        named = {"ASRD_CONFIG": str(tmp_path / "variable")}
        assert load("server.port = 9", **named).config.server.port == 2
        assert load("server.port = 9", "--config", str(tmp_path / "flag"), **named).config.server.port == 1

    def test_a_named_one_must_exist(self, load: Load) -> None:
        with pytest.raises(ConfigError, match=r"no configuration file /nowhere/x\.toml.*--example"):
            load(None, "--config", "/nowhere/x.toml")
        with pytest.raises(ConfigError, match=r"no configuration file /nowhere/x\.toml"):
            load(ASRD_CONFIG="/nowhere/x.toml")

    def test_a_folder(self, load: Load, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=f"{tmp_path} cannot be read: Is a directory"):
            load(None, "--config", str(tmp_path))

    def test_a_name_with_nul(self, load: Load) -> None:
        with pytest.raises(ConfigError, match="cannot be read"):
            load(None, "--config", "a\0b")

    def test_an_endless_one(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "x.toml").write_bytes(b"#" * ((1 << 20) + 1))
        with pytest.raises(ConfigError, match=r"x\.toml cannot be read: it is longer than 1048576 bytes"):
            load(None, "--config", str(tmp_path / "x.toml"))
        (tmp_path / "x.toml").write_bytes(b"#" * (1 << 20))
        load(None, "--config", str(tmp_path / "x.toml"))

    def test_no_utf_8(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "x.toml").write_bytes(b"# \xff")
        with pytest.raises(ConfigError, match=r"x.toml is no UTF-8 text \(byte 2\)"):
            load(None, "--config", str(tmp_path / "x.toml"))

    def test_byte_order_mark_and_line_ends_of_windows(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbf[server]\r\n# x\r\nport = 3\r\n")
        loaded = load(None, "--config", str(tmp_path / "x.toml"))
        assert loaded.config.server.port == 3
        assert loaded.origins["server.port"].endswith(":3")

    def test_no_toml(self, load: Load) -> None:
        with pytest.raises(ConfigError, match=r"asrd.toml is no valid TOML: .*line 2"):
            load("[server]\nport = = 1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n[server]\nprot = 1", ["line 3: server.prot is no setting; did you mean server.port?"]),
        ("[servr]\nport = 1", ["line 1: servr is no table", "did you mean server?"]),
        ("port = 1", ["line 1: port is no table", "did you mean server.port?"]),
        ("xyzzy = 1", ["line 1: xyzzy is no table", "there are: model, audio"]),
        ("[server]\nxyzzy = 1", ["line 2: server.xyzzy is no setting; there are: host, port"]),
        ("[model]\ndevice = 'x'", ["line 2: model.device is no setting; did you mean audio.device?"]),
        ("# a\nserver = 3", ["line 2: server is a table: write [server]"]),
        ("[[server]]\nport = 1", ["line 1: server is a table"]),
        ("[server.port]\nx = 1", ["line 1: server.port = ", "is a table; it takes a whole number from 0 to 65535"]),
        ("[server]\nport = 'x'", ['line 2: server.port = "x" is a text; it takes a whole number from 0 to 65535']),
        ("[server]\nport = true", ["server.port = true is a boolean; it takes a whole number"]),
        ("[server]\nport = 8765.0", ["server.port = 8765.0 is a number; it takes a whole number"]),
        ("[server]\nport = 65536", ["server.port = 65536 cannot be used; it takes a whole number from 0 to 65535"]),
        ("[server]\nport = -1", ["server.port = -1 cannot"]),
        ("[server]\nport = 1979-05-27", ["is a date; it takes a whole number"]),
        ("[server]\nhost = 1", ["server.host = 1 is a whole number; it takes a text"]),
        ("[server]\nrequire_token = 1", ["server.require_token = 1 is a whole number; it takes true or false"]),
        ("[server]\norigins = 'x'", ['server.origins = "x" is a text; it takes a list of texts']),
        ("[server]\norigins = ['x', 1]", ["is a list; it takes a list of texts"]),
        ("[pipeline]\ndrain_s = nan", ["pipeline.drain_s = nan cannot be used; it takes a number from 0 to 600"]),
        ("[pipeline]\ndrain_s = 600.1", ["pipeline.drain_s = 600.1 cannot be used"]),
        ("[pipeline]\ndrain_s = false", ["pipeline.drain_s = false is a boolean"]),
        (f"[pipeline]\ndrain_s = 1{'0' * 400}", ["pipeline.drain_s = a number of many digits cannot be used"]),
        ("[model]\nfinal = 'Best'", ['"Best" cannot be used; it takes "best" or "consistent"; did you mean "best"?']),
        ("[model]\nlanguage = 'Germann'", ['"Germann" is no language', "Macedonian", 'did you mean "German"?']),
        ("[audio]\npolicy = 'idle'", ['"idle" cannot be used; it takes "always", "on-demand", or "idle:SECONDS"']),
        ('[server]\nhost = "a\\u0000b"', ["holds a NUL"]),
        ("[server]\ntls_cert = '/c'", ["server.tls_cert (", "asrd.toml:2) needs server.tls_key"]),
        ("[server]\ntls_key = '/c'", ["server.tls_key (", "asrd.toml:2) needs server.tls_cert"]),
        ("[server]\nport = 0x" + "f" * 5000, ["server.port = a number of many digits cannot be used"]),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_refused_in_the_file(load: Load, text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(text)
    sentence = str(refusal.value)
    assert "asrd.toml" in sentence
    assert "\n" not in sentence
    for word in words:
        assert word in sentence


@pytest.mark.parametrize("text", ["[server]\nport = " + "9" * 5000, "x = " + "[" * 100_000])
def test_what_the_parser_does_not_bear(load: Load, text: str) -> None:
    with pytest.raises(ConfigError, match=r"asrd\.toml is no valid TOML"):
        load(text)


@pytest.mark.parametrize(
    "text",
    [
        f"[server]\nport = [0x{'f' * 5000}]",
        f"[server]\nport.{'.'.join('a' * 3000)} = 1",
        f"[server]\nport = {'[' * 300}{']' * 300}",
    ],
    ids=["a long number in a list", "tables in each other", "lists in each other"],
)
def test_what_cannot_be_written_out_is_refused_all_the_same(load: Load, text: str) -> None:
    with pytest.raises(ConfigError, match=r"line 2: server\.port = .* it takes a whole number from 0 to 65535$"):
        load(text)


def test_a_setting_that_does_nothing_is_told(load: Load) -> None:
    (warning,) = load("[history]\naudio = true").warnings
    assert warning.endswith("asrd.toml:2) does nothing without history.enabled")
    assert load("[history]\naudio = true\nenabled = true").warnings == ()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ASRD_SERVER_PORT": "x"}, ['ASRD_SERVER_PORT = "x" cannot be used; it takes a whole number from 0 to 65535']),
        ({"ASRD_SERVER_PORT": "1.5"}, ['ASRD_SERVER_PORT = "1.5"']),
        ({"ASRD_SERVER_PORT": "65536"}, ['ASRD_SERVER_PORT = "65536"']),
        ({"ASRD_PIPELINE_DRAIN_S": "inf"}, ["a number from 0 to 600"]),
        ({"ASRD_LOG_TEXT": "perhaps"}, ['ASRD_LOG_TEXT = "perhaps" cannot be used; it takes true or false']),
        ({"ASRD_MODEL_CONTEXT": "\udcff"}, ["ASRD_MODEL_CONTEXT", "broken UTF-8"]),
        ({"ASRD_MODEL_LANGUAGE": "tlh"}, ["ASRD_MODEL_LANGUAGE", "no language"]),
    ],
    ids=repr,
)
def test_refused_in_the_environment(load: Load, variables: dict[str, str], words: list[str]) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(**variables)
    assert all(word in str(refusal.value) for word in words), refusal.value


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--port", "x"), ['--port = "x" cannot be used']),
        (("--server-port", "-1"), ['--server-port = "-1" cannot be used; it takes a whole number from 0 to 65535']),
        (("--segment-vad=silro",), ['--segment-vad = "silro"', 'did you mean "silero"?']),
        (("--server-prot", "1"), ["--server-prot"]),
        (("--port",), ["--port", "expected one argument"]),
    ],
    ids=repr,
)
def test_refused_on_the_command_line(load: Load, flags: tuple[str, ...], words: list[str]) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(None, *flags)
    assert all(word in str(refusal.value) for word in words), refusal.value


def test_a_bad_value_is_refused_even_where_another_counts(load: Load) -> None:
    with pytest.raises(ConfigError, match="line 1"):
        load("server.port = 'x'", "--port", "1")


def test_misspelt_variables_are_told(load: Load) -> None:
    warnings = load(ASRD_SERVR_PORT="1", ASRD_SERVER_XYZZY="1").warnings
    assert warnings == (
        "ASRD_SERVER_XYZZY is no setting and is ignored; see `asrd config --example`",
        "ASRD_SERVR_PORT is no setting and is ignored; did you mean ASRD_SERVER_PORT?",
    )


def test_other_variables_are_left_alone(load: Load) -> None:
    others = ("ASRD_DEBUG", "ASRD_TOKEN", "ASRD_QWEN_VOCABULARY", "PORT", "ASRDX_SERVER_PORT")
    assert load(**dict.fromkeys(others, "1")).warnings == ()


def test_times_of_the_segmenter_that_contradict_each_other_are_refused_at_once(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"pause_ms .900 ms. must not exceed hangover_ms .500 ms."):
        load(ASRD_SEGMENT_PAUSE_MS="900", ASRD_SEGMENT_HANGOVER_MS="500")
