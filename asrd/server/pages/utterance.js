// One utterance, broken into rows. What it promises stands in captions.js.

const MOST_LAID_OUT = 4000; // characters behind the last kept line break: more than three rows of the smallest letters

/** The text of one utterance, from the first of its rows that is still there. */
class Utterance {
  constructor(breaker, language) {
    this.element = element("div", "utterance");
    this.breaker = breaker;
    this.lines = 1; // rows that are seen at once
    this.context = { direction: "", language };
    this.rows = [];
    this.fixed = 0; // so many rows end where they end
    this.origin = 0; // where the first row begins
    this.text = "";
    this.settled = 0;
    this.isEnded = false;
    this.isGone = false; // has faded
    this.timer = 0;
  }

  update(committed, tail, isFinal, language) {
    const text = harmless(committed + tail);
    const certain = isFinal ? text.length : commonLength(harmless(committed), text);
    const kept = commonLength(this.text.slice(0, this.settled), text);
    if (kept < this.settled) this.#takeBack(kept);
    if (this.settled === 0) this.#begin(text, certain, language);
    const pinned = this.settled;
    this.settled = isFinal ? text.length : this.#steadyEnd(text, certain);
    this.text = text;
    this.#layOut(pinned);
  }

  /** Lay everything out anew, as after a change of size. */
  refresh() {
    this.fixed = 0;
    this.#cut(0);
    this.#layOut(0);
  }

  /** Whether nothing can become of the first row any more. */
  get canDropRow() {
    return this.rows.length > 0 && (this.isEnded || this.fixed > 0);
  }

  /** Let the first row go. */
  dropRow() {
    const row = this.rows.shift();
    row.element.remove();
    this.origin = row.end;
    this.fixed = Math.max(0, this.fixed - 1);
  }

  /** Of what was settled only so much is true: a final need not begin with what its partials said. */
  #takeBack(length) {
    this.settled = length;
    while (this.fixed > 0 && this.rows[this.fixed - 1].end > length) this.fixed -= 1;
    if (this.origin > length) this.origin = 0;
  }

  /** Direction and language are those of the first settled words: another would move them. */
  #begin(text, certain, language) {
    const { direction } = this.context;
    this.context.direction = directionOf(text.slice(0, certain)) || directionOf(text) || direction || "ltr";
    this.context.language = language;
    this.element.dir = this.context.direction;
    this.element.lang = language;
  }

  /** The end of the text that no continuation can move: whole words, and no run against the direction that is open. */
  #steadyEnd(text, certain) {
    if (certain <= this.settled) return this.settled;
    const open = openRunStart(text.slice(0, certain), this.settled, this.context.direction);
    return this.breaker.lastOpportunity(text, this.settled, Math.min(certain, open), this.context);
  }

  #layOut(pinned) {
    let begin = this.fixed ? this.rows[this.fixed - 1].end : this.origin;
    if (this.text.length - begin > MOST_LAID_OUT) {
      begin = this.origin = this.text.length - MOST_LAID_OUT;
      this.fixed = 0;
    }
    const rest = this.text.slice(begin);
    const ends = [...this.breaker.breaks(rest, Math.max(0, pinned - begin), this.context), rest.length];
    ends.length = Math.min(ends.length, this.#mostRows(ends, this.settled - begin));
    ends.forEach((end, index) => {
      const row = this.#row(this.fixed + index);
      const start = index ? ends[index - 1] : 0;
      row.end = begin + end;
      row.show(rest.slice(start, end), Math.max(0, this.settled - begin - start));
    });
    this.#cut(rest ? this.fixed + ends.length : this.fixed);
    while (this.fixed < this.rows.length && this.#isFixed(this.rows[this.fixed].end)) this.fixed += 1;
  }

  /** So many rows that the last one with settled text is still seen; of one row, unless that is full. */
  #mostRows(ends, settled) {
    const full = ends.filter((end) => end < settled).length;
    const isComplete = ends[full] === settled;
    return full + (this.lines === 1 && isComplete ? 2 : this.lines);
  }

  /** Settled text comes after it; or it was rolled away, since there is but one row. */
  #isFixed(end) {
    return end < this.settled || (this.lines === 1 && end === this.settled && end < this.rows[this.rows.length - 1].end);
  }

  #row(index) {
    if (index === this.rows.length) {
      this.rows.push(new Row());
      this.element.append(this.rows[index].element);
    }
    return this.rows[index];
  }

  #cut(length) {
    for (const row of this.rows.splice(length)) row.element.remove();
  }
}
