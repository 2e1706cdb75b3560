"""Which keys this process presses itself, so that they are not taken for the user's."""

from __future__ import annotations

import threading
from collections import Counter


class OwnKeys:
    """Keys on their way: noted before they are pressed, taken away when the server tells of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: Counter[int] = Counter()
        self._watchers = 0
        self._programs = 0

    def watch(self, number: int) -> None:
        """So many more who will take the keys away; without one, none is noted."""
        with self._lock:
            self._watchers += number
            self._expected.clear()

    def press(self, keycode: int) -> None:
        """This process is about to press a key."""
        with self._lock:
            if self._watchers:
                self._expected[keycode] += 1

    def use_other_programs(self, number: int) -> None:
        """So many more programs press keys on our behalf; while one does, all that XTest presses counts as ours."""
        with self._lock:
            self._programs += number

    def is_own(self, keycode: int) -> bool:
        """Whether a key that XTest pressed was ours; each press is asked about once."""
        with self._lock:
            if self._programs:
                return True
            if self._expected[keycode] <= 0:
                return False
            self._expected[keycode] -= 1
            return True


OWN_KEYS = OwnKeys()
