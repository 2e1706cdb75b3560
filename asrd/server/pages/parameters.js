// What an address may say after its question mark. PARAMETERS comes from parameters.json.

const WORDS_OF_CSS = new Set(["inherit", "initial", "unset", "revert", "revert-layer", "currentcolor", "none"]);
const SWITCHES = { "": true, 1: true, on: true, yes: true, true: true, 0: false, off: false, no: false, false: false };

/** Each reads a value; undefined: it cannot be used. */
const READERS = {
  number(text, parameter) {
    const number = /^[+-]?\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
    if (!(number >= parameter.min && number <= parameter.max)) return undefined;
    return parameter.step >= 1 ? Math.round(number) : number;
  },
  choice: (text, parameter) => (parameter.choices.includes(text) ? text : undefined),
  switch: (text) => (Object.hasOwn(SWITCHES, text.toLowerCase()) ? SWITCHES[text.toLowerCase()] : undefined),
  color(text) {
    if (/^#?([\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/i.test(text)) return "#" + text.replace("#", "").toLowerCase();
    const name = text.toLowerCase();
    const isColour = /^[a-z]{3,24}$/.test(name) && !WORDS_OF_CSS.has(name) && CSS.supports("color", name);
    return isColour ? name : undefined;
  },
  font(text) {
    const families = text.split(",").map((family) => family.trim()).filter(Boolean);
    const isPlain = families.length <= 8 && families.every((family) => /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(family));
    return isPlain ? families.join(", ") : undefined;
  },
  language: (text) => (text === "" || /^[a-z]{2,3}(-[a-z\d]{2,8}){0,3}$/i.test(text) ? text : undefined),
  languages(text) {
    const tags = text.split(",").map((tag) => tag.trim().toLowerCase()).filter(Boolean);
    return tags.every((tag) => Object.values(LANGUAGE_TAGS).includes(tag)) ? tags.join(",") : undefined;
  },
};

/** Why a value cannot be used, and what could. */
function expectation(parameter) {
  if (parameter.kind === "number") return `a number from ${parameter.min} to ${parameter.max}`;
  if (parameter.kind === "choice") return `one of ${parameter.choices.join(", ")}`;
  return {
    switch: "on or off",
    color: "a colour such as ffcc00, ffcc0080 or gold",
    font: "names of fonts, with commas between",
    language: "a language tag such as ja or pt-BR",
    languages: "codes such as en,fr of languages that are recognised",
  }[parameter.kind];
}

/** The values of an address: `values` by name, complete, and `notes`: a sentence for each thing that was ignored. */
function readParameters(search) {
  const query = new URLSearchParams(search);
  const values = {};
  const notes = [];
  for (const parameter of PARAMETERS) {
    const given = query.getAll(parameter.name);
    const value = given.length ? READERS[parameter.kind](given[0].trim(), parameter) : undefined;
    values[parameter.name] = value === undefined ? parameter.default : value;
    if (given.length && value === undefined) notes.push(`${parameter.name} must be ${expectation(parameter)}.`);
    if (given.length > 1) notes.push(`${parameter.name} is there ${given.length} times; the first one counts.`);
    query.delete(parameter.name);
  }
  query.delete("token");
  for (const name of new Set(query.keys())) notes.push(`There is no parameter “${harmless(name).slice(0, 40)}”.`);
  if (values.align === "center" && values.show !== "final") notes.push("align=center works with show=final alone.");
  return { values, notes };
}

/** The values as the query of an address, without those that are as they are anyway. */
function queryOf(values) {
  const query = new URLSearchParams();
  for (const { name, kind, default: usual } of PARAMETERS) {
    if (values[name] === usual) continue;
    const isSwitch = kind === "switch";
    query.set(name, isSwitch ? (values[name] ? "on" : "off") : String(values[name]).replace(/^#/, ""));
  }
  const text = query.toString().replace(/%2C/g, ",");
  return text ? "?" + text : "";
}
