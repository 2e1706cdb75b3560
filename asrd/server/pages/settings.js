// How the subtitles look: a form, what it looks like, and the address that OBS needs.

const PREVIEW_WIDTH = 1920; // the page is laid out as in OBS, then made smaller
const byId = (id) => document.getElementById(id);
const token = takeToken();
const first = readParameters(location.search);
const captions = new Captions(byId("stage"), first.values);
const sample = new Sample(captions);
const form = new ParameterForm(byId("form"), show);

function show(values, notes) {
  byId("notes").replaceChildren(...notes.map((note) => textElement("li", note)));
  const query = queryOf(values);
  byId("address").value = `${location.origin}/overlay${query}${byId("with-token").checked ? `#token=${token || "TOKEN"}` : ""}`;
  history.replaceState(null, "", location.pathname + query);
  captions.restyle({ ...values });
}

function explainToken() {
  const known = token
    ? "It is the one that this tab was opened with."
    : "This tab does not know it: put the token from asrd's token file in the place of TOKEN (asrd doctor names the file).";
  byId("about-token").textContent =
    `OBS needs the token to be let in. ${known} Whoever has an address with a token can hear what is said, so do not ` +
    "show it on the air. It stands behind the #, which is never sent to a server; OBS keeps it in its scene file.";
}

function fit() {
  byId("stage").style.transform = `scale(${byId("screen").clientWidth / PREVIEW_WIDTH})`;
}

byId("backdrop").addEventListener("change", (event) => {
  byId("screen").className = event.target.value;
});
byId("reset").addEventListener("click", () => {
  form.set(readParameters("").values);
  show(form.values, []);
});
byId("with-token").addEventListener("change", () => show(form.values, []));
byId("copy").addEventListener("click", async () => {
  byId("address").select();
  byId("done").textContent = await copied(byId("address").value);
});
addEventListener("resize", fit);
explainToken();
fit();
form.set(first.values);
show(form.values, first.notes);
document.fonts.ready.then(() => captions.restyle());
sample.start();
