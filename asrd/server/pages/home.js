// The page for people: live text, and how the daemon is.

const REPLAY = 50; // finals that were said before the page came
const STATES = {
  listening: "Listening",
  speech: "Hearing speech",
  idle: "The microphone is closed",
  paused: "Paused",
  mic_lost: "The microphone is gone",
  mic_permission: "No permission to use the microphone",
  overload: "Too much to do at once",
  stopping: "The daemon stops",
};
const byId = (id) => document.getElementById(id);
const transcript = new Transcript(byId("transcript"), byId("log"));
const diary = new Diary();

const handlers = {
  hello(message) {
    const isFirst = diary.run === "";
    transcript.release();
    if (diary.greet(message) && !isFirst) transcript.remark("The daemon was started again.");
    for (const { utterance, text, language } of diary.unknown(message.recent)) {
      transcript.final(diary.keyOf(utterance), text, language, !isFirst);
      diary.note(utterance);
    }
    byId("model").textContent = `${message.model.name}, asrd ${message.version}`;
    showState(message.state, "");
  },
  status({ state, message }) {
    showState(state, message);
  },
  partial({ utterance, committed, tail, language }) {
    transcript.partial(diary.keyOf(utterance), committed, tail, language);
  },
  final({ utterance, text, language }) {
    diary.note(utterance);
    transcript.final(diary.keyOf(utterance), text, language);
  },
  dropped({ utterance }) {
    transcript.drop(diary.keyOf(utterance));
  },
  gap({ start, end }) {
    transcript.remark(`${(end - start).toFixed(1)} s of audio were lost here.`);
  },
  closed() {
    say("The session has ended.");
  },
};

function showState(state, sentence) {
  const isKnown = Object.hasOwn(STATES, state);
  byId("state").className = isKnown ? state : "";
  byId("state").textContent = isKnown ? STATES[state] : harmless(String(state));
  say(sentence.includes(" ") ? sentence : ""); // of one word, it is the state again
}

function say(text) {
  byId("note").textContent = harmless(text);
}

/** Ask for a token, and try no more without one. */
function askForToken(reason) {
  link.stop();
  transcript.release();
  sessionStorage.removeItem(TOKEN_KEY);
  byId("state").className = "refused";
  byId("state").textContent = "Not let in";
  say(reason);
  byId("ask").hidden = false;
  byId("token").focus();
}

function sentence(text) {
  const trimmed = text.trim();
  return trimmed ? trimmed[0].toUpperCase() + trimmed.slice(1).replace(/[.]?$/, ".") : "";
}

async function explainRefusal() {
  const asked = link.token;
  const { status, reason } = await refusal(asked);
  if (link.token !== asked || byId("state").className !== "waiting") return; // it is another matter by now
  if (status === 401 || status === 403) askForToken(sentence(reason));
  else say(status === 0 ? "The daemon does not answer; is it running? The page keeps trying." : "The daemon lets nobody in now. The page keeps trying.");
}

const changes = {
  connecting() {
    byId("ask").hidden = true;
  },
  open() {
    say("");
  },
  lost(closing) {
    wait(closing.reason ? sentence(closing.reason) : "The connection was lost.");
    if (closing.code === 4001) askForToken("The token has expired.");
  },
  refused(closing) {
    if (closing.code === 0) askForToken(closing.reason);
    else {
      wait(byId("note").textContent);
      explainRefusal();
    }
  },
};

function wait(reason) {
  byId("state").className = "waiting";
  byId("state").textContent = "Not connected";
  say(reason);
}

const link = new Link({
  heard: (message) => Object.hasOwn(handlers, message.type) && handlers[message.type](message),
  changed: (how, closing) => changes[how](closing),
  replay: REPLAY,
  missed: REPLAY,
});

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = byId("token").value.trim();
  byId("token").value = "";
  sessionStorage.setItem(TOKEN_KEY, token);
  link.start(token);
});
byId("clear").addEventListener("click", () => transcript.clear());
byId("copy").addEventListener("click", async () => {
  byId("done").textContent = await copied(transcript.text());
});
link.start(takeToken());
