// The form for the parameters, made from their list.

const MOST_STEPS = 400; // a slider with more could not be set

class ParameterForm {
  /** `changed(values, notes)` is told of every change. */
  constructor(form, changed) {
    this.form = form;
    this.changed = changed;
    this.inputs = new Map();
    for (const group of new Set(PARAMETERS.map((parameter) => parameter.group))) this.#addGroup(group);
    form.addEventListener("input", (event) => this.#edited(event.target));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  set(values) {
    this.values = { ...values };
    for (const { name, kind } of PARAMETERS) {
      const { main } = this.inputs.get(name);
      if (kind === "switch") main.checked = values[name];
      else main.value = values[name];
      this.#follow(name);
      main.removeAttribute("aria-invalid");
    }
  }

  #addGroup(name) {
    const group = document.createElement("fieldset");
    group.append(textElement("legend", name));
    for (const parameter of PARAMETERS) if (parameter.group === name) group.append(this.#field(parameter));
    this.form.append(group);
  }

  #field(parameter) {
    const field = document.createElement("div");
    field.className = "field";
    const label = textElement("label", parameter.label);
    label.htmlFor = `set-${parameter.name}`;
    if (parameter.unit) label.append(softElement("span", " " + parameter.unit));
    const box = document.createElement("div");
    box.className = "inputs";
    const main = inputFor(parameter);
    const helper = helperFor(parameter);
    this.inputs.set(parameter.name, { main, helper, parameter });
    box.append(...(helper ? [helper] : []), main);
    const help = softElement("p", parameter.help);
    help.classList.add("help");
    help.id = `help-${parameter.name}`;
    main.setAttribute("aria-describedby", help.id);
    field.append(label, box, help);
    return field;
  }

  #edited(target) {
    const name = target.dataset.name;
    const { main, parameter } = this.inputs.get(name);
    if (target !== main) main.value = parameter.kind === "color" ? target.value + alphaOf(this.values[name]) : target.value;
    const text = parameter.kind === "switch" ? (main.checked ? "on" : "off") : main.value.trim();
    const value = READERS[parameter.kind](text, parameter);
    main.setAttribute("aria-invalid", String(value === undefined));
    if (value === undefined) {
      this.changed(this.values, [`${parameter.label} must be ${expectation(parameter)}.`]);
      return;
    }
    this.values[name] = value;
    this.#follow(name);
    this.changed(this.values, []);
  }

  /** Set the slider or the palette beside an input. */
  #follow(name) {
    const { helper, parameter } = this.inputs.get(name);
    if (!helper) return;
    helper.value = parameter.kind === "color" ? plainColour(this.values[name]) : this.values[name];
  }
}

function textElement(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function softElement(tag, text) {
  const made = textElement(tag, text);
  made.className = "soft";
  return made;
}

function inputFor(parameter) {
  const { name, kind } = parameter;
  const input = document.createElement(kind === "choice" ? "select" : "input");
  if (kind === "choice") input.append(...parameter.choices.map((choice) => textElement("option", choice)));
  else input.type = { number: "number", switch: "checkbox" }[kind] || "text";
  if (kind === "number") Object.assign(input, { min: parameter.min, max: parameter.max, step: "any" });
  if (kind === "font") input.setAttribute("list", "fonts");
  input.id = `set-${name}`;
  input.dataset.name = name;
  return input;
}

function helperFor(parameter) {
  const { name, kind, label, min, max, step } = parameter;
  const isSlider = kind === "number" && (max - min) / step <= MOST_STEPS;
  if (!isSlider && kind !== "color") return null;
  const helper = document.createElement("input");
  helper.type = isSlider ? "range" : "color";
  if (isSlider) Object.assign(helper, { min, max, step });
  helper.dataset.name = name;
  helper.setAttribute("aria-label", label);
  return helper;
}

/** A colour as the palette knows it, `#rrggbb`. */
function plainColour(colour) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = colour.length === 9 ? colour.slice(0, 7) : colour.length === 5 ? colour.slice(0, 4) : colour;
  return /^#[\da-f]{6}$/.test(context.fillStyle) ? context.fillStyle : "#000000";
}

/** How opaque a colour is, as it stands behind `#rrggbb`. */
function alphaOf(colour) {
  return colour.length === 9 ? colour.slice(7) : colour.length === 5 ? colour[4] + colour[4] : "";
}
