// The connection to the daemon that served this page.

const TOKEN_KEY = "asrd.token";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10000;

/** The token, from the address, from where it is taken away, or as this tab has kept it; "" if there is none. */
function takeToken() {
  const query = new URLSearchParams(location.search);
  const hash = new URLSearchParams(location.hash.slice(1));
  const given = hash.get("token") || query.get("token");
  if (given !== null) {
    query.delete("token");
    const rest = query.toString();
    history.replaceState(null, "", location.pathname + (rest ? "?" + rest : ""));
  }
  if (given) sessionStorage.setItem(TOKEN_KEY, given);
  return given || sessionStorage.getItem(TOKEN_KEY) || "";
}

/** Connects, and connects again when that ends. */
class Link {
  /**
   * `heard(message)` gets each message; `changed(how, closing)` is told of "connecting", "open", "lost" and "refused",
   * the latter two with the close event; the page may call `stop` then. `replay` finals are wanted at the first time,
   * `missed` when the connection was lost before.
   */
  constructor({ heard, changed, replay, missed }) {
    Object.assign(this, { heard, changed, replay, missed });
    this.token = "";
    this.socket = null;
    this.timer = 0;
    this.waitMs = FIRST_WAIT_MS;
    this.wasGreeted = false;
  }

  start(token) {
    this.stop();
    this.token = token;
    this.waitMs = FIRST_WAIT_MS;
    this.#connect();
  }

  stop() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close();
  }

  #connect() {
    const replay = this.wasGreeted ? this.missed : this.replay;
    const address = `${location.origin.replace(/^http/, "ws")}/v1/stream?replay=${replay}`;
    this.changed("connecting");
    let socket;
    try {
      socket = new WebSocket(address, this.token ? ["asrd", "token." + this.token] : ["asrd"]);
    } catch {
      this.changed("refused", { code: 0, reason: "That is no token." }); // it has characters that no token has
      return;
    }
    this.socket = socket;
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      this.changed("open");
    };
    socket.onmessage = (event) => this.#take(socket, event.data);
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.timer = setTimeout(() => this.#connect(), this.#nextWaitMs());
      this.changed(wasOpen ? "lost" : "refused", event);
    };
  }

  #take(socket, data) {
    if (this.socket !== socket) return;
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return; // the daemon sends no such thing
    }
    if (message === null || typeof message !== "object") return;
    if (message.type === "hello") {
      this.wasGreeted = true;
      this.waitMs = FIRST_WAIT_MS;
    }
    this.heard(message);
  }

  /** Twice as long each time, and not all pages at once when a daemon has come back. */
  #nextWaitMs() {
    const waitMs = this.waitMs * (0.5 + 0.5 * Math.random());
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
    return waitMs;
  }
}

/** Why no connection came about: a browser does not tell a page what its WebSocket was answered, a plain answer it does. */
async function refusal(token) {
  try {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const answer = await fetch("/metrics", { headers, cache: "no-store" });
    return { status: answer.status, reason: answer.ok ? "" : await answer.text() };
  } catch {
    return { status: 0, reason: "" };
  }
}

/** Tells which finals are new: `run` and `utterance` name one for ever. */
class Diary {
  constructor() {
    this.run = "";
    this.last = 0; // finals come in their order
  }

  /** Take a hello; returns whether the daemon, or its session, is another than before. */
  greet({ run, session }) {
    const name = `${run}/${session}`;
    const isOther = name !== this.run;
    if (isOther) this.last = 0;
    this.run = name;
    return isOther;
  }

  keyOf(utterance) {
    return `${this.run}/${utterance}`;
  }

  /** The finals of a hello that were not told before. */
  unknown(recent) {
    return recent.filter(({ utterance }) => utterance > this.last);
  }

  note(utterance) {
    this.last = Math.max(this.last, utterance);
  }
}
