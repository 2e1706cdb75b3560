from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from asrd.events import DroppedEvent, FinalEvent, GapEvent, PartialEvent
from asrd.server.pages import OVERLAY_HEADERS, OVERLAY_HTML
from tests.server.harness import LISTENER, get, in_loop, running


@pytest.mark.parametrize("path", ["/", "/overlay", "/overlay?token=abc&size=2"])
@in_loop
async def test_the_page_needs_no_token_and_allows_nothing_foreign(path: str) -> None:
    async with running() as house:
        status, headers, text = await get(house.port, path)
        assert status == 200
        assert headers["content-type"] == "text/html; charset=utf-8"
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
        assert "abc" not in text
        assert int(headers["content-length"]) == len(text.encode())


@in_loop
async def test_the_policy_names_the_script_and_the_style_of_the_page() -> None:
    async with running() as house:
        policy = OVERLAY_HEADERS["Content-Security-Policy"]  # as it is sent; the harness makes headers lower case
        _, _, text = await get(house.port, "/")
        for tag in ("script", "style"):
            (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_page_is_complete_and_treats_text_as_text() -> None:
    assert not re.search(r"""(src|href)=["'](?!data:,)""", OVERLAY_HTML)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(| on\w+=|style=", OVERLAY_HTML)
    assert "textContent" in OVERLAY_HTML


@in_loop
async def test_healthz() -> None:
    async with running() as house:
        status, headers, text = await get(house.port, "/healthz")
        assert (status, headers["content-type"]) == (200, "application/json")
        assert json.loads(text) == {"status": "ok", "reasons": []}
        house.troubles.append("The microphone was unplugged.")
        status, _, text = await get(house.port, "/healthz")
        assert status == 503
        assert json.loads(text) == {"status": "failing", "reasons": ["The microphone was unplugged."]}
        house.troubles.clear()
        house.server.begin_stop("Bye.")
        assert (await get(house.port, "/healthz"))[0] == 503


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
