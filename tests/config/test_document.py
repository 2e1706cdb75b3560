"""What is written about the settings is what they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrd.config.checking import value_of_toml
from asrd.config.definition import FLAG_ALIASES, PATHS, VARIABLE_ALIASES, Setting, by_name, settings, tables
from asrd.config.document import as_toml, document, example
from asrd.options import Config
from asrd.text import toml
from tests.config.conftest import Load


def test_the_example_changes_nothing(load: Load) -> None:
    loaded = load(example())
    assert loaded.config == Config()
    assert set(loaded.origins.values()) == {"default"}


def test_the_example_with_everything_switched_on_holds_every_default(load: Load) -> None:
    text = re.sub(r"^#(\w+ = )", r"\1", example(), flags=re.MULTILINE)
    loaded = load(text)
    assert loaded.config == Config()
    assert all(":" in origin for origin in loaded.origins.values())
    lines = text.splitlines()
    for setting in settings():
        line = int(loaded.origins[setting.name].rpartition(":")[2])
        assert lines[line - 1].startswith(f"{setting.key} = ")
        assert setting.help_text in lines[line - 2]


def test_the_reference_names_everything() -> None:
    text = document()
    assert all(f"| `{setting.key}` |" in text for setting in settings())
    assert all(f"\n## {table}\n" in text for table in tables())
    assert "`ASRD_MODEL`" in text
    assert "`--port`" in text


@given(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.lists(st.text(st.characters(exclude_categories=["Cs"]))).map(tuple)
)
def test_toml_values(value: bool | float | str | tuple[str, ...]) -> None:
    read = toml.loads(f"x = {as_toml(value)}")["x"]
    assert (tuple(read) if isinstance(read, list) else read) == value


@pytest.mark.parametrize("setting", settings(), ids=lambda setting: setting.name)
def test_definitions(setting: Setting) -> None:
    """Each default is allowed; help is one line; numbers have limits."""
    raw = list(setting.default) if isinstance(setting.default, tuple) else setting.default
    assert value_of_toml(setting, raw) == setting.default
    assert 0 < len(setting.help_text) <= 100
    assert "\n" not in setting.help_text
    assert (setting.limits is not None or bool(setting.choices)) or setting.kind not in (int, float)


def test_names_that_are_mentioned_exist() -> None:
    names = set(by_name())
    assert names >= PATHS
    assert names >= FLAG_ALIASES.keys()
    assert names >= VARIABLE_ALIASES.keys()


def test_no_two_settings_share_a_name() -> None:
    flags = [flag for setting in settings() for flag in setting.flags]
    variables = [variable for setting in settings() for variable in setting.variables]
    assert len(flags) == len(set(flags))
    assert len(variables) == len(set(variables))
