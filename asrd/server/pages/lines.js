// Where the browser breaks lines. It knows the rules of all scripts; it is asked in an element that nobody sees.

class LineBreaker {
  constructor(stage) {
    this.wide = document.createElement("div");
    this.wide.className = "measure";
    this.pinned = document.createElement("span");
    this.rest = document.createElement("span");
    this.wide.append(this.pinned, this.rest);
    this.narrow = document.createElement("div");
    this.narrow.className = "measure narrow";
    stage.append(this.wide, this.narrow);
  }

  /**
   * Where lines begin in a text that begins a line itself; without the 0.
   * Between its first `pinned` characters there are no breaks: they are on the screen, on one line.
   */
  breaks(text, pinned, context) {
    this.#place(this.wide, context);
    const [before, after] = [text.slice(0, pinned), text.slice(pinned)];
    this.pinned.textContent = before;
    this.rest.textContent = after;
    this.pinned.className = hangs(before, after) ? "hanging" : "";
    const starts = [];
    const parts = [[this.pinned.firstChild, 0], [this.rest.firstChild, pinned]].filter(([node]) => node);
    let line = -Infinity;
    for (const [node, offset] of parts) {
      for (const start of lineStarts(node, line)) {
        if (offset + start > 0) starts.push(offset + start);
      }
      line = topOf(node, node.length - 1);
    }
    this.pinned.textContent = this.rest.textContent = "";
    return starts;
  }

  /**
   * The last place up to `most`, and from `from` on, where the text may be broken whatever is to follow: after a word
   * that ends with a blank, else before the last word, which may grow.
   */
  lastOpportunity(text, from, most, context) {
    if (most <= from || text[most - 1] === " " || text[most] === " ") return most;
    const begin = Math.max(from, most - 200); // no word is longer, or it is broken anywhere
    this.#place(this.narrow, context);
    this.narrow.textContent = text.slice(begin, most);
    const node = this.narrow.firstChild;
    const last = most - begin - 1;
    const start = begin + firstAt(node, topOf(node, last), 0, last);
    this.narrow.textContent = "";
    return Math.max(from, start);
  }

  #place(element, { direction, language }) {
    element.dir = direction;
    element.lang = language;
  }
}

/** Punctuation that belongs to a word on the screen, so that it hangs over the line's end if there is no room. */
function hangs(before, after) {
  return before !== "" && /^[\p{P}ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々]/u.test(after);
}

function topOf(node, offset) {
  const range = document.createRange();
  range.setStart(node, offset);
  range.setEnd(node, offset + 1);
  const rectangles = range.getClientRects();
  return rectangles.length ? rectangles[rectangles.length - 1].top : -Infinity;
}

/** The first character from `low` to `high` that is on the line at `top` or below. Tops never decrease. */
function firstAt(node, top, low, high) {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (topOf(node, middle) > top - 1) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Where lines begin in a text node that follows a line at `top`. */
function lineStarts(node, top) {
  const starts = [];
  const last = node.length - 1;
  let from = 0;
  while (from <= last && topOf(node, last) > top + 1) {
    from = firstAt(node, top + 2, from, last);
    starts.push(from);
    top = topOf(node, from);
  }
  return starts;
}
