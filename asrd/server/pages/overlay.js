// The page for OBS: the subtitles and nothing else. It never shows a word of its own: that would be on the air.

const MISSED = 3; // finals that were said while the connection was lost and are shown nevertheless
const MISSED_FOR_MS = 10000; // if it was lost for no longer
const MOST_WAITING = 2000; // messages kept back by the delay; beyond them the oldest is shown early

const stage = document.getElementById("stage");
const dot = document.getElementById("dot");
const { values } = readParameters(location.search);
const captions = new Captions(stage, values);
const diary = new Diary();
const waiting = [];
let lostAtMs = -Infinity;
let awayMs = Infinity;

const handlers = {
  hello(message) {
    const isFirst = diary.run === "";
    const isOther = diary.greet(message);
    if (isOther) captions.release();
    const isRecent = !isFirst && awayMs < MISSED_FOR_MS;
    for (const final of diary.unknown(message.recent)) {
      if (isRecent) handlers.final(final);
      diary.note(final.utterance);
    }
  },
  partial({ utterance, committed, tail, language }) {
    captions.partial(diary.keyOf(utterance), committed, tail, language);
  },
  final({ utterance, text, language }) {
    diary.note(utterance);
    captions.final(diary.keyOf(utterance), text, language);
  },
  dropped({ utterance }) {
    captions.drop(diary.keyOf(utterance));
  },
  lost() {
    captions.release();
  },
};

function handle(message) {
  if (Object.hasOwn(handlers, message.type)) handlers[message.type](message);
}

/** Show a message now, or as late as the picture is. */
function heard(message) {
  if (values.delay === 0) {
    handle(message);
    return;
  }
  waiting.push(message);
  setTimeout(() => waiting.length && handle(waiting.shift()), values.delay);
  while (waiting.length > MOST_WAITING) handle(waiting.shift());
}

async function changed(how) {
  dot.className = how;
  if (how === "refused" && values.dot) {
    const { status } = await refusal(link.token);
    if (status === 0 && dot.className === "refused") dot.className = "absent";
  }
  if (how === "open") awayMs = performance.now() - lostAtMs;
  if (how === "lost") {
    lostAtMs = performance.now();
    heard({ type: "lost" });
  }
}

dot.hidden = !values.dot;
addEventListener("resize", () => captions.restyle());
document.fonts.ready.then(() => captions.restyle());
const link = new Link({ heard, changed, replay: 0, missed: MISSED });
link.start(takeToken());
