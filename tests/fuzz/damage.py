"""Valid bytes and values, and what can become of them."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

_INTERESTING: Final = (0, 1, 2, 3, 4, 7, 8, 16, 127, 128, 255, 256, 1000, 0x7FFF, 0x8000, 0xFFFF, 1 << 20)
_HUGE: Final = (0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 40, (1 << 62) + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
_HEAD_BYTES: Final = 256
_MOST_EDITS: Final = 4


class Content(bytes):
    """The bytes of a file; shown short, with what was done to them."""

    edits: str = ""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes, {bytes(self[:48])!r}..., {self.edits or 'as they are'}>"


def fields(width: int, order: str = "little") -> st.SearchStrategy[bytes]:
    """A whole number of `width` bytes, mostly one that breaks things."""
    mask = (1 << 8 * width) - 1
    numbers = st.sampled_from(_INTERESTING + _HUGE) | st.integers(0, mask)
    return numbers.map(lambda number: (number & mask).to_bytes(width, "big" if order == "big" else "little"))


@st.composite
def damaged(draw: st.DrawFn, valid: bytes, head_bytes: int = _HEAD_BYTES) -> Content:
    """`valid` after one to four edits, more of them in its first `head_bytes` than elsewhere; or untouched."""
    data, edits = bytearray(valid), []
    for _ in range(draw(st.integers(0, _MOST_EDITS))):
        edit = draw(st.sampled_from(("field", "flip", "cut", "remove", "repeat", "insert", "zeros", "end")))
        at = draw(st.integers(0, min(len(data), head_bytes)) | st.integers(0, len(data)))
        length = draw(st.integers(1, 32) | st.integers(1, 4096))
        edits.append(f"{edit} at {at}")
        if edit == "field":
            field = draw(fields(draw(st.sampled_from((1, 2, 4, 8))), draw(st.sampled_from(("little", "big")))))
            data[at : at + len(field)] = field
        elif edit == "flip" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif edit == "cut":
            del data[at:]
        elif edit == "remove":
            del data[at : at + length]
        elif edit == "repeat":
            data[at:at] = data[at : at + length]
        elif edit == "insert":
            data[at:at] = draw(st.binary(max_size=64))
        elif edit == "zeros":
            data[at : at + length] = bytes(len(data[at : at + length]))
        elif edit == "end":
            data += draw(st.binary(max_size=64))
    content = Content(data)
    content.edits = ", ".join(edits)
    return content


def texts() -> st.SearchStrategy[str]:
    """Texts with what breaks texts: controls, broken UTF-16, directions, very long ones."""
    odd = st.sampled_from(
        (
            "",
            "\0",
            "\n",
            "\r",
            "\x1b[2J",
            "\ud800",
            "\udcff",
            "\u2028",
            "\u202e",
            "\ufeff",
            "../..",
            "~",
            "~nobody/x",
            "%s",
        )
    )
    characters = st.text(st.characters(), max_size=20)
    return odd | characters | st.integers(1, 12).map(lambda power: "x" * (1 << power))


def numbers() -> st.SearchStrategy[Any]:
    """Whole and other numbers, and what is nearly one."""
    whole = st.integers(-3, 300) | st.sampled_from([*_HUGE, *(-huge for huge in _HUGE), 10**30])
    return whole | st.floats() | st.booleans() | st.none()


def values() -> st.SearchStrategy[Any]:
    """Anything that JSON can say, shallow or deep."""
    simple = numbers() | texts()
    shallow = st.recursive(
        simple, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(), inner, max_size=4), max_leaves=8
    )
    return shallow | st.sampled_from((50, 200, 950)).map(_nested)


def _nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


@st.composite
def changed(draw: st.DrawFn, valid: Any) -> Any:
    """A JSON value that is like `valid`, but for one to three places: another value there, nothing, or one more."""
    value = valid
    for _ in range(draw(st.integers(0, 3))):
        value = _with_change(draw, value)
    return value


def _with_change(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        what = draw(st.sampled_from(("inside", "inside", "inside", "remove", "add", "rename")))
        if what == "inside":
            return value | {key: _with_change(draw, value[key])}
        rest = {name: inner for name, inner in value.items() if name != key or what == "add"}
        return rest if what == "remove" else rest | {draw(texts()): value[key]}
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], _with_change(draw, value[at]), *value[at + 1 :]]
    return draw(values())
