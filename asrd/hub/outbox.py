"""What waits to be sent to one client: bounded, and never a stale partial behind a newer one.

When there is no room, levels go first, then partials. Everything else (finals, gaps, status, answers) is never
dropped: if it does not fit, the client is too slow and has to go. What finds the outbox empty always fits, so that a
single long message can be sent whatever the limit.
"""

from __future__ import annotations

from collections import OrderedDict

from asrd.wire.messages import Message

Utterance = tuple[str, int]  # session, number


class Outbox:
    """Messages in the order of events; they are numbered when they leave, so that `seq` has no holes."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._queue: OrderedDict[int, Message] = OrderedDict()
        self._partials: dict[Utterance, int] = {}
        self._level: int | None = None
        self._tickets = 0
        self._seq = 0
        self.waiting_bytes = 0
        self.dropped = 0  # levels and partials that were replaced or found no room
        self.is_overrun = False

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, message: Message) -> None:
        """Append a message that must not be lost; sets `is_overrun` if it cannot be kept."""
        if self.is_overrun:
            return
        if not self._fits(message):
            self._drop_levels()
        if not self._fits(message):
            self._drop_partials()
        if self._fits(message):
            self._append(message)
        else:
            self._overrun()

    def put_partial(self, utterance: Utterance, message: Message) -> None:
        """Append a partial instead of an older one of the same utterance."""
        self.forget_partial(utterance)
        if not self._fits(message):
            self._drop_levels()
        if self._fits(message) and not self.is_overrun:
            self._partials[utterance] = self._append(message)
        else:
            self.dropped += 1

    def put_level(self, message: Message) -> None:
        """Append a level instead of an older one."""
        self._drop_levels()
        if self._fits(message) and not self.is_overrun:
            self._level = self._append(message)
        else:
            self.dropped += 1

    def forget_partial(self, utterance: Utterance) -> None:
        """Take back the partial of an utterance, if it still waits: something has replaced it."""
        ticket = self._partials.pop(utterance, None)
        if ticket is not None:
            self._take_out(ticket)

    def pop(self) -> bytes | None:
        """The next frame, or None."""
        if not self._queue:
            return None
        ticket, message = self._queue.popitem(last=False)
        self.waiting_bytes -= message.size
        if ticket == self._level:
            self._level = None
        elif message.type == "partial":
            self._partials = {utterance: other for utterance, other in self._partials.items() if other != ticket}
        self._seq += 1
        return message.frame(self._seq)

    def _fits(self, message: Message) -> bool:
        return not self._queue or self.waiting_bytes + message.size <= self._limit_bytes

    def _append(self, message: Message) -> int:
        self._tickets += 1
        self._queue[self._tickets] = message
        self.waiting_bytes += message.size
        return self._tickets

    def _take_out(self, ticket: int) -> None:
        self.waiting_bytes -= self._queue.pop(ticket).size
        self.dropped += 1

    def _drop_levels(self) -> None:
        if self._level is not None:
            self._take_out(self._level)
            self._level = None

    def _drop_partials(self) -> None:
        for utterance in list(self._partials):
            self.forget_partial(utterance)

    def _overrun(self) -> None:
        """Keep nothing: the client is told to come back for it."""
        self.is_overrun = True
        self._queue.clear()
        self._partials.clear()
        self._level = None
        self.waiting_bytes = 0
