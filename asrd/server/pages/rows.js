// Lines on the screen, and the pieces of text in them.

/** A stretch of a row: the letters, and below those of all rows their outline. */
class Piece {
  constructor(row, name, offset) {
    this.element = row.appendChild(element("div", "piece " + name));
    this.ink = this.element.appendChild(element("span", "ink"));
    this.place(offset);
    this.text = "";
    this.end = 0; // within the row's text
  }

  /** `offset`: pixels from where the row begins. */
  place(offset) {
    this.offset = offset;
    this.element.style.setProperty("--offset", `${offset}px`);
  }

  write(text) {
    if (this.text === text) return; // what is not touched is not painted anew
    this.text = text;
    this.element.dataset.text = text;
    this.ink.textContent = text;
  }

  get edge() {
    return this.text ? this.offset + parseFloat(getComputedStyle(this.element).width) : this.offset;
  }
}

/** One line on the screen. */
class Row {
  constructor() {
    this.element = element("div", "row");
    this.box = this.element.appendChild(element("div", "box"));
    this.pieces = [];
    this.tail = new Piece(this.element, "tail", 0);
    this.end = 0; // within the utterance's text
  }

  /** Show a slice of an utterance, of which so many characters have settled. Blanks stand before words, not behind. */
  show(slice, settled) {
    const text = slice.trimEnd();
    const ready = slice.slice(0, settled).trimEnd().length;
    while (this.pieces.length && !this.#holds(text, ready)) this.pieces.pop().element.remove();
    if (ready > this.#settledEnd()) this.#settle(text, ready);
    this.tail.place(this.pieces.length ? this.pieces[this.pieces.length - 1].edge : 0);
    this.tail.write(text.slice(ready));
    this.element.style.setProperty("--length", `${this.tail.edge}px`);
    this.element.classList.toggle("empty", text === "");
  }

  #settledEnd() {
    return this.pieces.length ? this.pieces[this.pieces.length - 1].end : 0;
  }

  /** Whether the last piece is still what the text says. */
  #holds(text, ready) {
    const last = this.pieces[this.pieces.length - 1];
    return last.end <= ready && text.slice(last.end - last.text.length, last.end) === last.text;
  }

  #settle(text, end) {
    const start = this.#settledEnd();
    const offset = this.pieces.length ? this.pieces[this.pieces.length - 1].edge : 0;
    const piece = new Piece(this.element, "settled", offset);
    this.element.append(this.tail.element); // in the order of reading
    piece.write(text.slice(start, end));
    piece.end = end;
    this.pieces.push(piece);
  }
}

function element(tag, name) {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}
