// What was said, as paragraphs: for reading and copying.

const MOST_PARAGRAPHS = 500;

class Transcript {
  constructor(view, log) {
    this.view = view;
    this.log = log;
    this.open = new Map();
  }

  partial(key, committed, tail, language) {
    const text = harmless(committed + tail);
    const settled = commonLength(harmless(committed), text);
    this.#write(this.open.get(key) || this.#add(key), text, settled, language);
  }

  final(key, text, language, isNews = true) {
    const paragraph = this.open.get(key) || this.#add(key);
    this.open.delete(key);
    const shown = harmless(text);
    this.#write(paragraph, shown, shown.length, language);
    if (!isNews) return;
    this.log.textContent = "";
    this.log.append(paragraph.cloneNode(true));
  }

  drop(key) {
    const paragraph = this.open.get(key);
    this.open.delete(key);
    if (paragraph) paragraph.remove();
  }

  /** A remark between the paragraphs, which is not copied. */
  remark(text) {
    const paragraph = document.createElement("p");
    paragraph.className = "gap";
    paragraph.textContent = text;
    this.#keepingEnd(() => this.view.append(paragraph));
  }

  /** Nothing more comes of what is open. */
  release() {
    for (const key of [...this.open.keys()]) this.drop(key);
  }

  clear() {
    for (const paragraph of this.view.querySelectorAll("p:not(#empty)")) paragraph.remove();
    this.open.clear();
  }

  /** All finished utterances, one a line. */
  text() {
    const open = new Set(this.open.values());
    const paragraphs = [...this.view.querySelectorAll("p.said")].filter((paragraph) => !open.has(paragraph));
    return paragraphs.map((paragraph) => paragraph.textContent + "\n").join("");
  }

  #add(key) {
    const paragraph = document.createElement("p");
    paragraph.className = "said";
    paragraph.dir = "auto";
    paragraph.append(document.createElement("span"), document.createElement("span"));
    paragraph.lastChild.className = "tail";
    this.open.set(key, paragraph);
    this.#keepingEnd(() => this.view.append(paragraph));
    while (this.view.children.length > MOST_PARAGRAPHS) this.view.children[1].remove(); // the first is the hint
    return paragraph;
  }

  #write(paragraph, text, settled, language) {
    const [before, after] = paragraph.children;
    this.#keepingEnd(() => {
      paragraph.lang = tagOf(language);
      before.textContent = text.slice(0, settled);
      after.textContent = text.slice(settled);
    });
  }

  /** Whoever reads the end stays there; whoever has scrolled up stays where they are. */
  #keepingEnd(change) {
    const { view } = this;
    const isAtEnd = view.scrollHeight - view.scrollTop - view.clientHeight < 40;
    change();
    if (isAtEnd) view.scrollTop = view.scrollHeight;
  }
}
