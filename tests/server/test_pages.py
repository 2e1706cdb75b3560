from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from asrd.events import DroppedEvent, FinalEvent, GapEvent, PartialEvent
from asrd.server import pages
from asrd.server.pages import PAGES
from asrd.server.parts import Trouble
from asrd.text.languages import LANGUAGES, language_name
from tests.server.harness import DEAF, LISTENER, get, in_loop, running

SUBTITLES = Path(__file__).parents[2] / "docs" / "SUBTITLES.md"


@pytest.mark.parametrize("path", ["/", "/overlay", "/overlay?token=abc&size=2", "/overlay/settings"])
@in_loop
async def test_a_page_needs_no_token_and_allows_nothing_foreign(path: str) -> None:
    async with running() as house:
        status, headers, text = await get(house.port, path)
        assert status == 200
        assert headers["content-type"] == "text/html; charset=utf-8"
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["connect-src"] == "'self'"
        assert policy["img-src"] == "data:"
        assert policy["require-trusted-types-for"] == "'script'"
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "deny"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
        assert "abc" not in re.sub(r"[a-z]abc|abc[a-z]|aabbcc", "", text)
        assert int(headers["content-length"]) == len(text.encode())


@pytest.mark.parametrize("path", PAGES)
@in_loop
async def test_the_policy_names_the_script_and_the_style_of_the_page(path: str) -> None:
    async with running() as house:
        policy = PAGES[path].headers["Content-Security-Policy"]  # as it is sent; the harness makes headers lower case
        _, _, text = await get(house.port, path)
        for tag in ("script", "style"):
            (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_complete_and_treats_text_as_text(path: str) -> None:
    text = PAGES[path].text
    assert "{{" not in text
    assert "</script" not in re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]  # type: ignore[index]
    addresses = re.findall(r"""(?:src|href)=["']([^"']*)""", text)
    assert all(re.match(r"data:image/svg|/", address) for address in addresses)
    assert all(address in PAGES for address in addresses if address.startswith("/"))
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import|@font-face", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(", text)
    assert not re.search(r" on\w+=| style=", text)
    assert "textContent" in text


# Syntax younger than Chromium 103, which OBS 29 has; younger functions are found by the tests in the browser at most.
YOUNGER = {
    "CSS": r"&\s*[{.:]|:has\(|@container|@layer|color-mix\(|\bdvh\b|\blh\b|text-wrap|light-dark\(|\binset-area",
    "JavaScript": r"\.to(Sorted|Reversed|Spliced|WellFormed)\(|\.isWellFormed|Object\.groupBy|withResolvers|/v[;,)]",
}


@pytest.mark.parametrize("path", PAGES)
def test_old_browsers_understand_it(path: str) -> None:
    for tag, kind in (("style", "CSS"), ("script", "JavaScript")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", PAGES[path].text, re.DOTALL)
        assert not re.search(YOUNGER[kind], content)


def test_pages_know_every_language() -> None:
    script = files(pages).joinpath("text.js").read_text(encoding="utf-8")
    table = re.search(r"LANGUAGE_TAGS = \{(.*?)\}", script, re.DOTALL)
    assert table
    tags = dict(re.findall(r'(\w+): "(\w+)"', table[1]))
    assert tuple(sorted(tags)) == tuple(sorted(LANGUAGES))
    assert all(language_name(tag) == name for name, tag in tags.items())


def test_the_documentation_lists_every_parameter() -> None:
    parameters = json.loads(files(pages).joinpath("parameters.json").read_text(encoding="utf-8"))
    _, _, rest = SUBTITLES.read_text(encoding="utf-8").partition("## Parameters\n")
    section, _, _ = rest.partition("\n## ")
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [parameter_row(parameter) for parameter in parameters]


def parameter_row(parameter: dict[str, Any]) -> str:
    """Its line in the table of docs/SUBTITLES.md."""
    patterns = {
        "number": "{min:g} to {max:g} {unit}",
        "choice": "{listed}",
        "switch": "on, off",
        "color": "`ffcc00`, `ffcc0080`, `gold`",
        "font": "names",
        "language": "`ja`, `pt-BR`",
        "languages": "`en,fr`",
    }
    listed = ", ".join(parameter.get("choices", []))
    values = patterns[parameter["kind"]].format(**{"unit": "", **parameter}, listed=listed).strip()
    default = parameter["default"]
    usual = {True: "on", False: "off"}[default] if parameter["kind"] == "switch" else str(default).lstrip("#")
    return f"| `{parameter['name']}` | {values} | {usual} | {parameter['help']} |"


@in_loop
async def test_healthz() -> None:
    async with running() as house:
        status, headers, text = await get(house.port, "/healthz")
        assert (status, headers["content-type"]) == (200, "application/json")
        assert json.loads(text) == {"status": "ok", "states": []}
        house.troubles.append(Trouble("mic_lost", "The microphone 'desk' was unplugged."))
        status, _, text = await get(house.port, "/healthz")
        assert status == 503
        assert json.loads(text) == {"status": "failing", "states": ["mic_lost"]}
        _, _, text = await get(house.port, "/healthz", Authorization=f"Bearer {LISTENER}")
        assert json.loads(text)["reasons"] == ["The microphone 'desk' was unplugged."]
        _, _, text = await get(house.port, "/healthz", Authorization=f"Bearer {DEAF}")
        assert "reasons" not in json.loads(text)
        house.troubles.clear()
        house.server.begin_stop("Bye.")
        status, _, text = await get(house.port, "/healthz")
        assert (status, json.loads(text)["states"]) == (503, ["stopping"])


@in_loop
async def test_metrics_tell_what_happened() -> None:
    async with running() as house:
        async with house.client() as client:
            await client.audio(bytes(3200))
            await client.send('{"type":"flush"}')
            await client.until("final")
            house.server.publish(PartialEvent("main", 1, 1, "", "x", "", 0, 16_000, 0.2))
            house.server.publish(FinalEvent("main", 1, "x", "", 0, 16_000))
            house.server.publish(DroppedEvent("main", 2))
            house.server.publish(GapEvent("main", 16_000, 40_000))
            status, headers, text = await get(house.port, "/metrics", Authorization=f"Bearer {LISTENER}")
        assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        found = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        assert found["asrd_connections",] == 1
        assert found["asrd_connections_total",] == 1
        assert found["asrd_sessions",] == 2
        assert found["asrd_messages_received_total", "audio"] == 1
        assert found["asrd_messages_received_total", "text"] == 1
        assert found["asrd_messages_sent_total",] == 3
        assert found["asrd_finals_total",] == 2
        assert found["asrd_partials_total",] == 1
        assert found["asrd_dropped_utterances_total",] == 1
        assert found["asrd_gap_seconds_total",] == 1.5
        assert found["asrd_partial_lag_seconds_sum",] == pytest.approx(0.2)
