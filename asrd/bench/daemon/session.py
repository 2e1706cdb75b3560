"""A client that says its script at real time, and notes when each message arrives.

The clock of the audio is the client's: sample n is spoken at `began + n / 16000`, and sent when its block has been
spoken.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

from websockets.exceptions import ConnectionClosed

from asrd.bench.daemon.script import Script, blocks_of
from asrd.bench.daemon.speaker import Speaker, speaking
from asrd.bench.figures.utterances import Timed
from asrd.errors import AsrdError
from asrd.geometry import seconds_of

_BLOCK_S: Final = 0.02
_PATIENCE_S: Final = 120.0


@dataclass
class Record:
    """What a session heard.

    Attributes:
        messages: with their time of arrival, in seconds of the session's audio clock.
        late_s: by how much its own client was late, at worst.
    """

    messages: list[Timed] = field(default_factory=list)
    late_s: float = 0.0

    def of(self, kind: str) -> list[Timed]:
        """Messages of one type."""
        return [one for one in self.messages if one[1]["type"] == kind]


async def speak(url: str, token: str, script: Script, *, in_real_time: bool = True) -> Record:
    """Say the script, at 1x or as fast as the daemon takes it; returns when the daemon has told everything.

    Raises:
        AsrdError: the daemon refused the audio, ended the session early, or did not end it.
    """
    record = Record()
    try:
        async with speaking(url, token) as speaker:
            began_s = time.monotonic()
            listening = asyncio.create_task(_listen(speaker, record, began_s))
            await _say(speaker, script, record, listening, began_s if in_real_time else None)
            await asyncio.wait_for(listening, _PATIENCE_S)
    except asyncio.TimeoutError:  # from Python 3.11 on it is an OSError as well
        raise AsrdError(f"the daemon did not end a session within {_PATIENCE_S:.0f} s: look at its log") from None
    except (ConnectionClosed, OSError) as error:
        raise AsrdError(f"the daemon ended a session before all was said ({error}): look at its log") from None
    return record


async def _say(
    speaker: Speaker, script: Script, record: Record, listening: asyncio.Task[None], began_s: float | None
) -> None:
    """Say the script, at 1x if `began_s` tells when it began; stops when nobody listens any more."""
    spoken = 0
    for block in blocks_of(script.samples, _BLOCK_S):
        if listening.done():
            return
        spoken += len(block)
        if began_s is not None:
            due_s = began_s + seconds_of(spoken)
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            record.late_s = max(record.late_s, time.monotonic() - due_s)
        await speaker.say(block)
    await speaker.close()


async def _listen(speaker: Speaker, record: Record, began_s: float) -> None:
    async for message in speaker.messages():
        record.messages.append((time.monotonic() - began_s, message))
        if message["type"] == "error":
            raise AsrdError(
                f"the daemon refused a session ({message['message']}): ask less of it, or change its limits"
            )
    if not record.of("closed"):
        raise AsrdError("the daemon ended a session before all was said: look at its log")
