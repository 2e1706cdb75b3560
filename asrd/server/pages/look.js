// From parameters to the look of the subtitles.

// The system's own face last: on some systems it is none for reading from afar.
const USUAL_FONTS = '"Inter", "Segoe UI", "SF Pro Text", "Roboto", "Noto Sans", "Helvetica Neue", system-ui, sans-serif';
const ROW_HEIGHT = 1.4; // times the size: room for marks above and below, and for the outline
const BOXED_ROW_HEIGHT = 1.5;

/** Set the custom properties and classes by which captions.css draws. Sizes follow the height of the picture. */
function applyLook(stage, box, values) {
  const [height, width] = [stage.clientHeight, stage.clientWidth];
  const size = (values.size / 100) * height;
  const marginX = (values["margin-x"] / 100) * width;
  const look = {
    "--size": px(size),
    "--row": px(Math.round(size * (values.box ? BOXED_ROW_HEIGHT : ROW_HEIGHT))), // whole pixels: rows look alike
    "--lines": values.lines,
    "--width": px(Math.floor(Math.min((values.width / 100) * width, width - 2 * marginX))),
    "--margin-x": px(Math.round(marginX)),
    "--margin-y": px(Math.round((values["margin-y"] / 100) * height)),
    "--font": values.font ? `${quoted(values.font)}, ${USUAL_FONTS}` : USUAL_FONTS,
    "--weight": values.weight,
    "--ink": values.color,
    "--tail": values.tail / 100,
    "--outline": outline((values.outline / 100) * size, size, values["outline-color"]),
    "--box": values["box-color"],
    "--background": values.background,
  };
  for (const [name, value] of Object.entries(look)) stage.style.setProperty(name, String(value));
  const [vertical, horizontal = "center"] = values.position.split("-");
  box.className = `captions at-${vertical} at-${horizontal}`;
  box.classList.toggle("boxed", values.box);
  box.classList.toggle("upper", values.upper);
  box.classList.toggle("centered", values.align === "center" && values.show === "final");
}

function px(number) {
  return `${Math.round(number * 100) / 100}px`;
}

function quoted(families) {
  return families.split(", ").map((family) => `"${family}"`).join(", ");
}

/**
 * An outline out of shadows around the letter, and a soft one below it. A stroke would be simpler, but Chromium before
 * 123, which OBS had for years, draws it over the letter instead of behind it, and with spikes.
 */
function outline(radius, size, colour) {
  if (radius <= 0) return "none";
  const shadows = [];
  const step = Math.max(3, size * 0.08); // no stroke of a letter is thinner
  for (let ring = radius; ring > 0; ring -= step) {
    const count = Math.max(16, Math.ceil(Math.PI / Math.acos(1 - 0.1 / Math.max(ring, 1)))); // round to 0.1 pixel
    for (let index = 0; index < count; index += 1) {
      const angle = (2 * Math.PI * index) / count;
      shadows.push(`${px(ring * Math.cos(angle))} ${px(ring * Math.sin(angle))} 0 ${colour}`);
    }
  }
  shadows.push(`0 ${px(size * 0.04)} ${px(size * 0.14)} ${colour}`);
  return shadows.join(", ");
}
