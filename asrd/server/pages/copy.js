/** Put a text into the clipboard; returns what to say about it. */
async function copied(text) {
  if (!text) return "There is nothing to copy yet.";
  try {
    await navigator.clipboard.writeText(text);
    return "Copied.";
  } catch {
    return "The browser does not let the page copy: select the text and copy it yourself.";
  }
}
