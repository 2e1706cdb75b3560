// Subtitles: utterances in rows of fixed height, at the bottom the newest. What has settled never moves but up, by whole
// rows, and never changes:
// - a line begins at the box's edge and grows away from it; a growing line in the middle of the box would wander;
// - the browser's own line breaks are taken, and kept once a settled character stands after them;
// - the unfinished end of the settled text (half a word, a run against the direction) counts as tail, see `steadyEnd`;
// - what settles becomes a piece with a place of its own that is never touched again, so that no rounding, kerning or
//   joining with what follows can shift it;
// - only settled text rolls rows away, for a tail may vanish again; see `mostRows`;
// - a row that was taken up is not given back while anything is shown: an empty one waits for the next words;
// - outlines lie below all letters, so that a new letter's outline does not touch its neighbour.

const ENDED_KEPT = 256; // utterances of which a late partial is recognised
const FADE_MS = 600;
const ROLL_MS = 220;

/** The rows of all utterances, in an element that fills the picture. */
class Captions {
  constructor(stage, values) {
    this.stage = stage;
    this.stage.classList.add("stage");
    this.box = stage.appendChild(element("div", "captions"));
    this.box.setAttribute("aria-hidden", "true"); // read out is the log
    this.reel = this.box.appendChild(element("div", "reel"));
    this.spacer = this.reel.appendChild(element("div", "spacer"));
    this.log = stage.appendChild(element("div", "log"));
    this.log.setAttribute("role", "log");
    this.log.setAttribute("aria-live", "polite");
    this.breaker = new LineBreaker(this.box);
    this.utterances = new Map();
    this.ended = new Set();
    this.height = 0; // rows taken up, empty ones below included
    this.restyle(values);
  }

  /** Take other parameters, or the picture's new size. */
  restyle(values = this.values) {
    this.values = values;
    applyLook(this.stage, this.box, values);
    for (const utterance of this.utterances.values()) {
      utterance.lines = values.lines;
      utterance.refresh();
    }
    this.#settle(0);
  }

  partial(key, committed, tail, language) {
    if (this.ended.has(key) || this.values.show === "final") return;
    this.#show(key, committed, this.values.show === "live" ? tail : "", false, language);
  }

  final(key, text, language) {
    if (this.ended.has(key)) return;
    this.#show(key, text, "", true, language);
    this.#end(key);
    if (this.#isWanted(language)) this.#readOut(text, language);
  }

  /** Take back the partials of an utterance that came to nothing. */
  drop(key) {
    if (!this.ended.has(key)) this.#end(key);
    this.#remove(key);
  }

  /** The connection is lost: what is open goes as if it had ended, but may come back. */
  release() {
    for (const [key, utterance] of this.utterances) {
      if (!utterance.isEnded) this.#fadeLater(key, utterance);
    }
  }

  clear() {
    for (const utterance of this.utterances.values()) clearTimeout(utterance.timer);
    for (const utterance of this.utterances.values()) utterance.element.remove();
    this.utterances.clear();
    this.ended.clear();
    this.#settle(0);
  }

  #isWanted(language) {
    const tag = tagOf(language);
    return !this.values.only || !tag || this.values.only.split(",").includes(tag);
  }

  #show(key, committed, tail, isFinal, language) {
    if (!this.#isWanted(language)) {
      this.#remove(key);
      return;
    }
    const before = this.height;
    const utterance = this.utterances.get(key) || this.#add(key);
    clearTimeout(utterance.timer);
    utterance.isGone = false;
    utterance.element.classList.remove("gone");
    utterance.update(committed, tail, isFinal, this.values.lang || tagOf(language));
    this.#settle(before);
  }

  #add(key) {
    const utterance = new Utterance(this.breaker, this.values.lang);
    utterance.lines = this.values.lines;
    this.utterances.set(key, utterance);
    this.reel.insertBefore(utterance.element, this.spacer);
    return utterance;
  }

  #end(key) {
    this.ended.add(key);
    if (this.ended.size > ENDED_KEPT) this.ended.delete(this.ended.values().next().value);
    const utterance = this.utterances.get(key);
    if (!utterance) return;
    utterance.isEnded = true;
    this.#fadeLater(key, utterance);
  }

  #fadeLater(key, utterance) {
    clearTimeout(utterance.timer);
    if (this.values.fade === 0) return;
    utterance.timer = setTimeout(() => {
      utterance.element.classList.add("gone");
      utterance.timer = setTimeout(() => this.#vanish(utterance), FADE_MS);
    }, this.values.fade * 1000);
  }

  /** What has faded keeps its rows, or the others would move; when all has faded the rows are free. */
  #vanish(utterance) {
    utterance.isGone = true;
    this.#free();
  }

  #free() {
    const isFree = [...this.utterances.values()].every(({ isGone, rows }) => isGone || rows.length === 0);
    if (isFree) {
      for (const { element: gone, timer } of this.utterances.values()) {
        clearTimeout(timer);
        gone.remove();
      }
      this.utterances.clear();
    }
    this.#settle(isFree ? 0 : this.height);
  }

  #remove(key) {
    const utterance = this.utterances.get(key);
    if (!utterance) return;
    clearTimeout(utterance.timer);
    utterance.element.remove();
    this.utterances.delete(key);
    this.#free();
  }

  /** Take up the rows that are needed, at least as many as `before`, and let those go that rolled out of sight. */
  #settle(before) {
    const used = () => [...this.utterances.values()].reduce((sum, { rows }) => sum + rows.length, 0);
    this.height = Math.max(used(), before);
    const standing = this.values.position.startsWith("top") ? Math.max(before, this.values.lines) : before;
    const grown = before > 0 ? this.height - standing : 0;
    this.#prune(this.values.lines + Math.max(1, grown));
    this.spacer.style.height = `calc(var(--row) * ${this.height - used()})`;
    this.box.classList.toggle("full", this.height > this.values.lines);
    this.#hideRolled();
    if (grown > 0) this.#roll(Math.min(grown, this.values.lines));
  }

  /** Nothing of a row that rolled away is seen, not even the hem of a shadow. */
  #hideRolled() {
    let above = this.height - this.values.lines;
    for (const { rows } of this.utterances.values()) {
      for (const row of rows) {
        row.element.classList.toggle("rolled", above > 0);
        above -= 1;
      }
    }
  }

  /** Forget rows, from the top, until there are so many: those of the last utterance only if nothing comes of them. */
  #prune(most) {
    for (const [key, utterance] of this.utterances) {
      const isLast = utterance.element.nextSibling === this.spacer;
      while (this.height > most && utterance.rows.length > 0 && (!isLast || utterance.canDropRow)) {
        utterance.dropRow();
        this.height -= 1;
      }
      if (this.height <= most || isLast) return;
      clearTimeout(utterance.timer);
      utterance.element.remove();
      this.utterances.delete(key);
    }
  }

  #roll(rows) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const from = { transform: `translateY(calc(var(--row) * ${rows}))` };
    // Backwards: an animation may be given a start that lies a moment after the frame that is being drawn.
    const timing = { duration: ROLL_MS, easing: "ease-out", composite: "add", fill: "backwards" };
    this.reel.animate([from, { transform: "none" }], timing);
  }

  #readOut(text, language) {
    const line = element("p", "");
    line.lang = this.values.lang || tagOf(language);
    line.dir = "auto";
    line.textContent = harmless(text).slice(-MOST_LAID_OUT);
    this.log.append(line);
    while (this.log.children.length > 3) this.log.firstChild.remove();
  }
}
