// Text that may be shown: whatever a recognizer or another client says is hostile until it has been through here.

const MOST_CHARACTERS = 100000; // of one message; its end is kept

// What moves or hides other text: controls, bidirectional overrides and isolates, soft hyphens, marks of annotation.
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const SPACES = /[ \t\n\v\f\r\u0085\u2028\u2029]+/g;
const PILES = /(\p{M}{5})\p{M}+/gu; // marks upon marks reach into other lines

/** The text without what could harm. What begins with `a` begins with `harmless(a)` afterwards as well. */
function harmless(text) {
  return text.slice(-MOST_CHARACTERS).replace(SPACES, " ").replace(HARMFUL, "").replace(/ {2,}/g, " ").trimStart()
    .replace(PILES, "$1");
}

/** How many characters two texts have in common from their beginning. */
function commonLength(one, other) {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one[length] === other[length]) length += 1;
  return length;
}

const RIGHT_TO_LEFT =
  "\\u05be-\\u05f4\\u0608\\u060b\\u060d\\u061b-\\u064a\\u066d-\\u066f\\u0671-\\u06d5\\u06e5\\u06e6\\u06ee\\u06ef" +
  "\\u06fa-\\u08c9\\ufb1d-\\ufdff\\ufe70-\\ufefc\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}";
const STRONG = new RegExp(`([${RIGHT_TO_LEFT}])|\\p{L}`, "gu");

/** The direction of the first letter: "ltr", "rtl", or "" of a text without letters. */
function directionOf(text) {
  STRONG.lastIndex = 0;
  const letter = STRONG.exec(text);
  return letter ? (letter[1] ? "rtl" : "ltr") : "";
}

/**
 * Where a run of the other direction begins that has not ended; the text's length if none is open. Every word that is
 * added to such a run moves the words before it (Unicode Standard Annex 9, rule L2).
 */
function openRunStart(text, from, direction) {
  let start = text.length;
  STRONG.lastIndex = from;
  for (let letter = STRONG.exec(text); letter; letter = STRONG.exec(text)) {
    const isOther = (letter[1] ? "rtl" : "ltr") !== direction;
    if (isOther && start === text.length) start = letter.index;
    if (!isOther) start = text.length;
  }
  return start === text.length ? start : Math.max(from, text.lastIndexOf(" ", start) + 1);
}

// The model's names of languages, as language tags.
const LANGUAGE_TAGS = {
  Arabic: "ar", Cantonese: "yue", Chinese: "zh", Czech: "cs", Danish: "da", Dutch: "nl", English: "en", Filipino: "fil",
  Finnish: "fi", French: "fr", German: "de", Greek: "el", Hindi: "hi", Hungarian: "hu", Indonesian: "id", Italian: "it",
  Japanese: "ja", Korean: "ko", Macedonian: "mk", Malay: "ms", Persian: "fa", Polish: "pl", Portuguese: "pt",
  Romanian: "ro", Russian: "ru", Spanish: "es", Swedish: "sv", Thai: "th", Turkish: "tr", Vietnamese: "vi",
};

/** The tag of a language that the model names, or "". */
function tagOf(language) {
  return Object.hasOwn(LANGUAGE_TAGS, language) ? LANGUAGE_TAGS[language] : "";
}
