"""Settings in environment variables: `ASRD_<TABLE>_<KEY>`, as in ASRD_SERVER_PORT. An empty one counts as not set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from asrd.config.checking import value_of_text
from asrd.config.definition import PREFIX, Setting, Value, settings, tables
from asrd.config.places import CONFIG_VARIABLE, MODELS_VARIABLE, expanded
from asrd.store.sources import MIRROR_VARIABLE
from asrd.text.suggest import closest

TOKEN_VARIABLE: Final = "ASRD_TOKEN"  # the name of a variable, no secret
# What else begins with the prefix and is no setting: name -> what it is.
OTHER_VARIABLES: Final[Mapping[str, str]] = {
    CONFIG_VARIABLE: "configuration file to read instead of the usual one; it must exist",
    TOKEN_VARIABLE: "token that a client shows to the daemon, instead of the one in the token file",
    MODELS_VARIABLE: "folder of the models that are fetched by name",
    MIRROR_VARIABLE: "address of a server that is asked for models first",
    "ASRD_DEBUG": "1: an error shows its traceback",
}


@dataclass(frozen=True)
class Variable:
    """A value, and the variable it was in."""

    value: Value
    name: str


def read_environment(environ: Mapping[str, str]) -> dict[str, Variable]:
    """What the environment says, by setting name.

    Raises:
        ConfigError: a value cannot be used; with the variable.
    """
    found = {}
    for setting in settings():
        name = next((name for name in setting.variables if environ.get(name)), None)
        if name is not None:
            found[setting.name] = Variable(_value(setting, name, environ[name]), name)
    return found


def misspelt_variables(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none."""
    known = {name for setting in settings() for name in setting.variables}
    sentences = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and name not in OTHER_VARIABLES:
            meant = closest(name.removeprefix(PREFIX), [variable.removeprefix(PREFIX) for variable in known])
            if meant:
                sentences.append(f"{name} is no setting and is ignored; did you mean {PREFIX}{meant}?")
            elif name.startswith(tuple(f"{PREFIX}{table}_".upper() for table in tables())):
                sentences.append(f"{name} is no setting and is ignored; see `asrd config --example`")
    return sentences


def _value(setting: Setting, name: str, text: str) -> Value:
    value = value_of_text(setting, text, name)
    return expanded(value) if setting.is_path else value
