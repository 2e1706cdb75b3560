from __future__ import annotations

from dataclasses import replace

import pytest

from asrd.errors import ConfigError
from asrd.events import State
from asrd.source.watch import LOOK_S, MicrophoneWatch, Policy, PolicyKind, Seen, Verb, parse_policy

GOOD = Seen(is_active=True, has_heard=True, silent_s=0.05)


class Scene:
    """A watch whose verbs are carried out on a microphone that always opens, or never does."""

    def __init__(self, policy: str = "always", *, works: bool = True, asks_permission: bool = False) -> None:
        self.watch = MicrophoneWatch(parse_policy(policy), zeros_s=5.0, retry_s=1.0, asks_permission=asks_permission)
        self.now_s, self.asleep_s = 1000.0, 0.0
        self.works = works
        self.seen: Seen | None = None
        self.verbs: list[Verb] = []
        self.opened_at_s: list[float] = []

    def look(self) -> Verb:
        verb = self.watch.decide(self.now_s, self.asleep_s, self.seen)
        if verb in (Verb.CLOSE, Verb.DROP, Verb.REOPEN):
            self.seen = None
        if verb in (Verb.OPEN, Verb.REOPEN):
            self.opened_at_s.append(self.now_s)
            if self.works:
                self.seen = GOOD
                self.watch.opened(self.now_s, "Mic")
            else:
                self.watch.failed(self.now_s, "there is no microphone")
        if verb is not Verb.NOTHING:
            self.verbs.append(verb)
        return verb

    def run(self, seconds: float) -> None:
        """Look as often as the watch wants to."""
        end_s = self.now_s + seconds
        self.look()
        while (wait_s := self.watch.wait_s(self.now_s)) is not None and self.now_s + wait_s <= end_s:
            self.now_s += wait_s
            self.look()
        self.now_s = max(self.now_s, end_s)

    @property
    def is_open(self) -> bool:
        return self.seen is not None


class TestPolicies:
    @pytest.mark.parametrize(
        ("text", "policy"),
        [
            ("always", Policy(PolicyKind.ALWAYS)),
            (" on-demand ", Policy(PolicyKind.ON_DEMAND)),
            ("idle:30", Policy(PolicyKind.IDLE, 30.0)),
            ("idle:1.5", Policy(PolicyKind.IDLE, 1.5)),
        ],
    )
    def test_are_read(self, text: str, policy: Policy) -> None:
        assert parse_policy(text) == policy

    @pytest.mark.parametrize(
        "text", ["", "never", "idle", "idle:", "idle:x", "idle:0", "idle:nan", "idle:1e9", "always:3", "on-demand:"]
    )
    def test_others_are_refused(self, text: str) -> None:
        with pytest.raises(ConfigError, match=r"audio\.policy is .* idle:SECONDS"):
            parse_policy(text)

    def test_always_opens_at_once_and_stays(self) -> None:
        scene = Scene()
        scene.run(3600)
        assert scene.verbs == [Verb.OPEN]
        assert (scene.watch.state, scene.watch.message) == (State.LISTENING, "listening to 'Mic'")

    def test_on_demand_is_closed_until_start(self) -> None:
        scene = Scene("on-demand")
        scene.run(10)
        assert (scene.verbs, scene.watch.state) == ([], State.IDLE)
        scene.watch.start()
        scene.run(10)
        assert (scene.is_open, scene.watch.state) == (True, State.LISTENING)
        scene.watch.stop()
        scene.run(10)
        assert (scene.verbs, scene.watch.state) == ([Verb.OPEN, Verb.CLOSE], State.IDLE)

    def test_start_and_stop_mean_nothing_to_the_others(self) -> None:
        scene = Scene()
        scene.watch.stop()
        scene.run(10)
        assert scene.is_open

    def test_idle_closes_after_so_long_without_use_and_opens_when_used(self) -> None:
        scene = Scene("idle:30")
        scene.run(29)
        assert scene.is_open
        scene.watch.used(scene.now_s)
        scene.run(29)
        assert scene.is_open
        scene.run(2)
        assert (scene.is_open, scene.watch.state) == (False, State.IDLE)
        assert scene.watch.message == "the microphone is closed: not used for 30 s"
        scene.watch.used(scene.now_s)
        scene.run(1)
        assert (scene.is_open, scene.watch.state) == (True, State.LISTENING)

    @pytest.mark.parametrize("policy", ["always", "idle:30", "on-demand"])
    def test_pause_closes_whatever_the_policy(self, policy: str) -> None:
        scene = Scene(policy)
        scene.watch.start()
        scene.run(1)
        scene.watch.pause()
        scene.watch.used(scene.now_s)
        scene.run(100)
        assert (scene.is_open, scene.watch.state) == (False, State.PAUSED)
        scene.watch.resume()
        scene.run(1)
        assert (scene.is_open, scene.watch.state) == (True, State.LISTENING)

    def test_what_need_not_be_open_is_not_looked_at(self) -> None:
        scene = Scene("on-demand")
        scene.look()
        assert scene.watch.wait_s(scene.now_s) is None

    def test_an_open_microphone_is_looked_at_twice_a_second(self) -> None:
        scene = Scene()
        scene.run(2)
        assert scene.watch.wait_s(scene.now_s) == LOOK_S == 0.5
        scene.seen = replace(GOOD, zeros_s=60.0)
        scene.look()
        assert scene.watch.wait_s(scene.now_s) == LOOK_S


class TestLoss:
    def test_an_inactive_stream_is_dropped_and_opened_again_at_once(self) -> None:
        scene = Scene()
        scene.run(10)
        scene.seen = replace(GOOD, is_active=False)
        assert scene.look() is Verb.DROP
        assert scene.watch.state is State.MIC_LOST
        assert "'Mic' was unplugged" in scene.watch.message
        assert scene.look() is Verb.OPEN

    def test_silence_of_more_than_a_second(self) -> None:
        scene = Scene()
        scene.run(10)
        scene.seen = replace(GOOD, silent_s=0.99)
        assert scene.look() is Verb.NOTHING
        scene.seen = replace(GOOD, silent_s=1.01)
        assert scene.look() is Verb.DROP
        assert "delivers no audio" in scene.watch.message

    def test_a_first_block_may_take_longer(self) -> None:
        scene = Scene()
        scene.look()
        scene.seen = Seen(is_active=True, has_heard=False, silent_s=4.9)
        assert scene.look() is Verb.NOTHING
        assert scene.watch.state is State.IDLE  # not listening yet
        scene.seen = replace(scene.seen, silent_s=5.1)
        assert scene.look() is Verb.DROP

    def test_a_look_that_comes_late_blames_nobody(self) -> None:
        """This thread was held up, and the callback with it."""
        scene = Scene()
        scene.run(10)
        scene.seen = replace(GOOD, silent_s=30.0)
        scene.now_s += 30
        assert scene.look() is Verb.NOTHING
        scene.now_s += 0.5
        assert scene.look() is Verb.DROP

    def test_tries_again_with_growing_pauses_of_at_most_5_s(self) -> None:
        scene = Scene(works=False)
        scene.run(20)
        pauses = [b - a for a, b in zip(scene.opened_at_s, scene.opened_at_s[1:], strict=False)]
        assert pauses == [1.0, 2.0, 4.0, 5.0, 5.0]
        assert scene.watch.message == "there is no microphone; it is tried again until it works"
        scene.works = True
        scene.run(6)
        assert scene.watch.state is State.LISTENING

    def test_a_microphone_that_fails_again_and_again_is_not_opened_all_the_time(self) -> None:
        scene = Scene()
        for _ in range(200):  # 100 s
            if scene.look() is Verb.OPEN:
                scene.seen = replace(GOOD, is_active=False)
            scene.now_s += 0.5
        assert len(scene.opened_at_s) < 25

    def test_after_a_healthy_time_the_pauses_begin_anew(self) -> None:
        scene = Scene(works=False)
        scene.run(20)
        scene.works = True
        scene.run(20)
        scene.seen = replace(GOOD, is_active=False)
        scene.works = False
        scene.opened_at_s.clear()
        began_s = scene.now_s
        scene.run(8)
        assert [at_s - began_s for at_s in scene.opened_at_s] == [0.0, 1.0, 3.0, 7.0]

    def test_a_device_that_is_lost_while_closed_by_its_policy_is_no_loss(self) -> None:
        scene = Scene("on-demand", works=False)
        scene.watch.start()
        scene.run(3)
        scene.watch.stop()
        scene.run(100)
        assert scene.watch.state is State.IDLE
        assert len(scene.opened_at_s) == 3

    def test_start_tries_at_once_whatever_failed_before_stop(self) -> None:
        scene = Scene("on-demand", works=False)
        scene.watch.start()
        scene.run(30)
        scene.watch.stop()
        scene.look()
        scene.watch.start()
        assert scene.look() is Verb.OPEN


class TestSleep:
    def test_is_a_loss_and_the_microphone_is_opened_anew(self) -> None:
        scene = Scene()
        scene.run(10)
        scene.asleep_s += 3600
        scene.now_s += 0.5
        assert scene.look() is Verb.REOPEN
        assert (scene.watch.state, "slept for 3600 s" in scene.watch.message) == (State.MIC_LOST, True)
        scene.look()
        assert scene.watch.state is State.LISTENING

    @pytest.mark.parametrize("jump_s", [-3600.0, 0.1, 1.9])
    def test_other_jumps_do_nothing(self, jump_s: float) -> None:
        scene = Scene()
        scene.run(10)
        scene.asleep_s += jump_s
        assert scene.look() is Verb.NOTHING


class TestDefault:
    def test_a_change_is_followed(self) -> None:
        scene = Scene()
        scene.run(1)
        scene.seen = replace(GOOD, default=7)
        assert scene.look() is Verb.REOPEN
        assert scene.watch.state is State.LISTENING
        assert scene.verbs == [Verb.OPEN, Verb.REOPEN]

    def test_the_same_one_is_left_alone(self) -> None:
        scene = Scene()
        scene.look()
        scene.watch.opened(scene.now_s, "Mic", default=7)
        scene.seen = replace(GOOD, default=7)
        assert scene.look() is Verb.NOTHING


class TestZeros:
    @pytest.mark.parametrize(("asks", "state"), [(False, State.MIC_LOST), (True, State.MIC_PERMISSION)])
    def test_are_told_and_taken_back(self, asks: bool, state: State) -> None:
        scene = Scene(asks_permission=asks)
        scene.run(1)
        scene.seen = replace(GOOD, zeros_s=4.9)
        scene.look()
        assert scene.watch.state is State.LISTENING
        scene.seen = replace(GOOD, zeros_s=5.0)
        assert scene.look() is Verb.NOTHING
        assert scene.watch.state is state
        assert "gives only zeros" in scene.watch.message
        scene.seen = GOOD
        scene.look()
        assert scene.watch.state is State.LISTENING
