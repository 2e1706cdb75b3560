"""What would make a wrong page pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import Block
from tests.docs.shell import run_block, shows
from tests.docs.worlds.world import World, new_ground


def ran(folder: Path, text: str, *marks: str, language: str = "console") -> None:
    run_block(Block("page.md", 1, language, marks, text), new_ground(folder), World())


@pytest.mark.parametrize(
    ("shown", "output", "is_shown"),
    [
        (["Hello, world."], "hello world\n", True),
        (["hello"], "hello world", False),
        (["world"], "hello world", False),
        (["..."], "", True),
        (["a", "...", "z"], "a b c z", True),
        (["a", "..."], "b a", False),
        (["port ... is open"], "port 8123 is open", True),
        (["a", "...", "a"], "a", False),
    ],
)
def test_outputs_are_compared_by_words(shown: list[str], output: str, is_shown: bool) -> None:
    assert shows(output, shown) is is_shown


def test_commands_share_a_shell_and_a_fresh_checkout(tmp_path: Path) -> None:
    ran(
        tmp_path,
        "$ test -f README.md && cd docs && name=value  # a remark\n$ echo $name; pwd\nvalue ... asrd docs\n"
        "$ ls -A ~\n$ echo ${ASRD_MODEL:-none} \\\n    and more\nnone and more\n",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("$ false\n", r"page.md:2: false\nended with 1"),
        ("$ true\n$ false; true\n", r"page.md:3: false; true"),
        ("$ false | true\n", r"false \| true"),
        ("$ echo this\nthat\n", r"page.md:2: echo this\nshows:\nthat\nand wrote:\nthis"),
        ("$ echo 'x\n", "the shell did not begin: .*unexpected EOF"),
        ("$ asrd transcribe --no-such-flag\n", "unrecognized|no-such-flag"),
    ],
)
def test_what_fails_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        ran(tmp_path, text)


def test_an_exit_code_that_is_shown(tmp_path: Path) -> None:
    ran(tmp_path, "$ sh -c 'exit 3'\n", "exits=3")


def test_another_exit_code_than_is_shown(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ended with 3"):
        ran(tmp_path, "$ sh -c 'exit 3'\n", "exits=4")


def test_only_the_last_command_may_end_with_that_code(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"page.md:2"):
        ran(tmp_path, "$ sh -c 'exit 3'\n$ true\n", "exits=3")


def test_what_runs_until_it_is_stopped(tmp_path: Path) -> None:
    ran(tmp_path, "$ echo begun; exec sleep 1000\nbegun\n", "until-stopped")


@pytest.mark.parametrize(
    ("command", "code"),
    [("true", -1), ("echo over", -1), ("echo no daemon >&2; exit 1", 1), ("python -c 'import nothing'", 1)],
)
def test_what_should_run_until_it_is_stopped_and_ends(tmp_path: Path, command: str, code: int) -> None:
    with pytest.raises(AssertionError, match=f"ended with {code}"):
        ran(tmp_path, f"$ {command}\n", "until-stopped")


def test_python(tmp_path: Path) -> None:
    ran(tmp_path, "import asrd\n", language="python")


def test_python_that_prints_nothing_though_it_should(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="prints nothing"):
        ran(tmp_path, "for word in []:\n    print(word)\n", language="python")


def test_python_that_fails_shows_the_line_of_the_page(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"page.md:1: (?s:.*)line 3, in"):
        ran(tmp_path, "x = 1\n1 / 0\n", language="python")
