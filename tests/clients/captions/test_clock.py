"""The file's clock against the session's: pauses, restarts, slow messages, files played fast."""

from __future__ import annotations

import pytest

from asrd_clients.captions.clock import Clock, ClockKind

BEGAN_S = 1000.0  # monotonic
START, SESSION = ClockKind.START, ClockKind.SESSION


class Session:
    """A session that is heard of: its audio was at `ahead_s` when the command began."""

    def __init__(self, clock: Clock, ahead_s: float, run: str = "a") -> None:
        self.clock = clock
        self.ahead_s = ahead_s
        self.utterance = 0
        clock.greeted(run)

    def says(self, at_s: float, *, delays_s: tuple[float, ...] = (0.0,), has_partials: bool = True) -> float:
        """An utterance that is spoken `at_s` seconds after the command began, for a second; when the file has it."""
        self.utterance += 1
        for index, delay_s in enumerate(delays_s if has_partials else ()):
            heard_s = at_s + 0.5 + index * 0.1
            self.clock.partial(self.utterance, heard_s + self.ahead_s, BEGAN_S + heard_s + delay_s)
        start_s = at_s + self.ahead_s
        self.clock.final(self.utterance, start_s, start_s + 1.0, BEGAN_S + at_s + 2.0, is_replayed=False)
        return self.clock.at(start_s)


def clock(kind: ClockKind = START, zero_s: float = 0.0, floor_s: float = 0.0) -> Clock:
    return Clock(kind, BEGAN_S, zero_s, floor_s)


class TestSinceTheCommandBegan:
    @pytest.mark.parametrize("ahead_s", [0.0, 3600.0, -5.0])
    def test_wherever_the_session_was(self, ahead_s: float) -> None:
        session = Session(clock(), ahead_s)
        assert session.says(10.0) == pytest.approx(10.0)
        assert session.says(20.0) == pytest.approx(20.0)

    def test_the_fastest_message_counts(self) -> None:
        session = Session(clock(), 100.0)
        assert session.says(10.0, delays_s=(0.9, 0.02, 0.4)) == pytest.approx(10.02)

    def test_small_delays_do_not_make_times_jitter(self) -> None:
        session = Session(clock(), 100.0)
        moved = [session.says(10.0 * n, delays_s=(0.05 * n,)) - 10.0 * n for n in range(1, 6)]
        assert moved == pytest.approx([0.05] * 5)

    def test_a_closed_microphone_stops_the_session_but_not_the_recording(self) -> None:
        session = Session(clock(), 100.0)
        assert session.says(10.0) == pytest.approx(10.0)
        session.ahead_s -= 60.0
        assert session.says(80.0) == pytest.approx(80.0)

    def test_a_stalled_connection_is_forgotten(self) -> None:
        session = Session(clock(), 100.0)
        session.says(10.0)
        assert session.says(20.0, delays_s=(3.0,)) == pytest.approx(23.0)
        assert session.says(30.0) == pytest.approx(30.0)

    def test_a_file_that_is_played_fast_keeps_its_own_time(self) -> None:
        session = Session(clock(), 0.0)
        assert session.says(1.0) == pytest.approx(1.0)
        session.ahead_s = 100.0  # a hundred seconds of it in one
        assert session.says(2.0) == pytest.approx(102.0)

    def test_another_run_of_the_daemon(self) -> None:
        one = Session(clock(), 500.0)
        assert one.says(10.0) == pytest.approx(10.0)
        other = Session(one.clock, -30.0, run="b")
        assert other.says(40.0) == pytest.approx(40.0)

    def test_connected_again_to_the_same(self) -> None:
        session = Session(clock(), 500.0)
        session.says(10.0)
        assert session.clock.greeted("a") is False
        assert session.says(20.0) == pytest.approx(20.0)

    def test_without_partials_it_is_late_by_the_time_to_the_final(self) -> None:
        session = Session(clock(), 500.0)
        assert session.says(10.0, has_partials=False) == pytest.approx(11.0)
        assert session.says(20.0, has_partials=False) == pytest.approx(21.0)
        assert session.says(30.0) == pytest.approx(30.0)

    def test_what_is_replayed_begins_at_0(self) -> None:
        found = clock()
        found.greeted("a")
        for number, start_s in enumerate((70.0, 90.0), 1):
            found.final(number, start_s, start_s + 1.0, BEGAN_S + 0.1, is_replayed=True)
        assert (found.at(70.0), found.at(90.0)) == (0.0, 20.0)
        session = Session(found, 95.0)  # at 95 when the command began, that is at 25 of the file
        session.utterance = 2
        assert session.says(10.0) == pytest.approx(35.0)
        session.ahead_s -= 60.0
        assert session.says(80.0) == pytest.approx(105.0)

    def test_what_was_missed_of_another_run_was_said_just_now(self) -> None:
        session = Session(clock(), 500.0)
        session.says(10.0)
        session.clock.greeted("b")
        session.clock.final(1, 2.0, 4.0, BEGAN_S + 60.0, is_replayed=True)
        assert session.clock.at(4.0) == pytest.approx(60.0)

    def test_offset(self) -> None:
        assert Session(clock(zero_s=-2.5), 100.0).says(10.0) == pytest.approx(7.5)

    def test_now(self) -> None:
        session = Session(clock(zero_s=1.0), 100.0)
        assert session.clock.now(BEGAN_S + 5.0) is None
        session.says(10.0)
        assert session.clock.now(BEGAN_S + 15.0) == pytest.approx(16.0)


class TestOfTheSession:
    def test_times_are_those_of_the_protocol(self) -> None:
        session = Session(clock(SESSION), 100.0)
        assert session.says(10.0, delays_s=(0.3,)) == 110.0
        session.ahead_s -= 60.0  # a closed microphone stops it, too
        assert session.says(80.0) == 120.0
        assert session.clock.now(BEGAN_S + 90.0) == pytest.approx(130.0, abs=0.31)

    def test_goes_on_with_another_run(self) -> None:
        """40 s pass between both, of which the daemon was away for some."""
        one = Session(clock(SESSION), 500.0)
        assert one.says(10.0) == 510.0
        other = Session(one.clock, -45.0, run="b")
        assert other.says(50.0) == pytest.approx(550.0)
        third = Session(one.clock, -70.0, run="c")
        assert third.says(75.0) == pytest.approx(575.0)

    def test_goes_on_with_a_file_of_an_earlier_session(self) -> None:
        session = Session(clock(SESSION, floor_s=800.0), 0.0)
        assert session.says(10.0) == pytest.approx(800.0)
        assert session.says(20.0) == pytest.approx(810.0)

    def test_goes_on_with_a_file_of_this_session(self) -> None:
        session = Session(clock(SESSION, floor_s=800.0), 790.0)
        assert session.says(9.5) == 799.5  # an utterance in which the file ends
        assert session.says(20.0) == 810.0
