// The editor of a rule: the text on the left, on the right what the server says it would do, as one types.
(() => {
  "use strict";
  const bench = document.querySelector(".bench"), source = document.getElementById("source");
  if (!bench || typeof CodeMirror === "undefined") return;
  const C = CodeMirror, { slug, nonce } = bench.dataset, can = bench.dataset.can === "1";
  const words = JSON.parse(bench.dataset.words);
  const state = { revision: Number(bench.dataset.revision), basedOn: Number(bench.dataset.basedOn), saved: source.value, conflict: false };
  const $ = (id) => document.getElementById(id);

  // Colours by class, so that the theme of the page is the theme of the text.
  const style = C.HighlightStyle.define([
    { tag: [C.tags.propertyName, C.tags.definition(C.tags.propertyName)], class: "tok-key" },
    { tag: [C.tags.string, C.tags.special(C.tags.string)], class: "tok-string" },
    { tag: C.tags.comment, class: "tok-comment" }, { tag: [C.tags.punctuation, C.tags.separator], class: "tok-mark" },
  ]);
  const concepts = (text) => {
    const found = [], block = /^concepts:[ \t]*(?:#.*)?\n((?:[ \t]+.*\n?|[ \t]*\n|#.*\n)*)/m.exec(text);
    if (!block) return found;
    const begin = block.index + block[0].length - block[1].length;
    const indent = /^[ \t]+(?=[^\s#])/m.exec(block[1])?.[0] ?? "  ";
    for (const one of block[1].matchAll(new RegExp(`^${indent}([^\\s#:][^:\\n]*):`, "gm"))) found.push({ name: one[1], at: begin + one.index });
    found.forEach((one, n) => { one.end = found[n + 1]?.at ?? begin + block[1].length; });
    return found;
  };
  const KEYS = ["topic", "title", "concepts", "when", "points", "at_least", "languages", "sources", "examples", "notes", "never", "except", "also", "without", "as", "match", "ignore", "text", "lang", "because"];
  const completions = (context) => {
    const word = context.matchBefore(/[\w-]+/);
    if (!word && !context.explicit) return null;
    const names = concepts(context.state.doc.toString()).map((one) => ({ label: one.name, type: "variable" }));
    return { from: word ? word.from : context.pos, options: [...names, ...["AND", "OR", "NOT", "NEAR/10", "THEN/10"].map((label) => ({ label, type: "keyword" })), ...KEYS.map((label) => ({ label, type: "property", apply: `${label}: ` }))] };
  };
  const publishing = () => { if (can) openPublish(); return true; };
  const view = new C.EditorView({
    parent: $("editor"),
    state: C.EditorState.create({ doc: source.value, extensions: [
      C.EditorView.cspNonce.of(nonce), C.lineNumbers(), C.foldGutter(), C.lintGutter(), C.highlightActiveLine(), C.highlightActiveLineGutter(),
      C.highlightSpecialChars(), C.history(), C.drawSelection(), C.dropCursor(), C.bracketMatching(), C.closeBrackets(), C.indentOnInput(),
      C.indentUnit.of("  "), C.search({ top: true }), C.highlightSelectionMatches(), C.yaml(), C.syntaxHighlighting(style),
      C.autocompletion({ override: [completions] }), C.EditorView.lineWrapping,
      C.EditorState.readOnly.of(!can), C.EditorView.contentAttributes.of({ "aria-label": source.getAttribute("aria-label"), spellcheck: "false" }),
      C.keymap.of([{ key: "Mod-s", run: () => { save(true); return true; } }, { key: "Mod-Enter", run: publishing },
        ...C.closeBracketsKeymap, ...C.defaultKeymap, ...C.searchKeymap, ...C.historyKeymap, ...C.foldKeymap, ...C.completionKeymap, ...C.lintKeymap]),
      C.EditorView.updateListener.of((update) => { if (update.docChanged) changed(); if (update.selectionSet || update.docChanged) moved(); }),
    ] }),
  });
  bench.classList.add("ready");
  const text = () => view.state.doc.toString();

  const post = async (path, fields, options = {}) => fetch(`/rules/${slug}${path}`, {
    method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded", "X-CSRF": mediawatch.csrf(), "HX-Request": "true" },
    body: new URLSearchParams(fields), ...options,
  });
  const put = (id, html) => {
    const made = new DOMParser().parseFromString(html, "text/html").getElementById(id);
    if (made) $(id).replaceWith(document.adoptNode(made));
    if (made && window.htmx) htmx.process(made);
    return made;
  };

  // --- the effect, as one types ---
  let previewTimer, previewAbort, patientTimer;
  const preview = async (patient) => {
    previewAbort?.abort();
    previewAbort = new AbortController();
    clearTimeout(patientTimer);
    try {
      const answer = await post("/preview", { text: text(), patient: patient ? "1" : "0" }, { signal: previewAbort.signal });
      if (answer.status === 204) return;
      const place = put("preview", await answer.text());
      if (!place) return;
      if (place.dataset.troubles) diagnose(JSON.parse(place.dataset.troubles));
      // What the first moment could not look at comes a little later, if nobody types meanwhile.
      if (place.dataset.done === "0" && !patient) patientTimer = setTimeout(() => preview(true), 500);
    } catch (error) { if (error.name !== "AbortError") $("preview").classList.add("stale"); }
  };
  const diagnose = (troubles) => {
    const doc = view.state.doc;
    const found = troubles.map((one) => {
      const line = doc.line(Math.min(Math.max(one.line, 1), doc.lines));
      const from = Math.min(line.from + Math.max(one.column - 1, 0), line.to);
      const word = /^[\w'’-]+/u.exec(doc.sliceString(from, line.to));
      return { from, to: Math.max(from, word ? from + word[0].length : line.to), severity: one.error ? "error" : "warning", message: one.message };
    });
    view.dispatch(C.setDiagnostics(view.state, found));
    const errors = found.filter((one) => one.severity === "error").length, button = $("problems");
    button.hidden = !found.length;
    button.className = `bare small ${errors ? "bad" : "warn"}`;
    button.textContent = `${found.length} ${errors ? "✕" : "⚠"}`;
    $("open-publish")?.toggleAttribute("disabled", errors > 0);
  };
  const changed = () => {
    $("preview")?.classList.add("stale");
    clearTimeout(previewTimer);
    previewTimer = setTimeout(() => preview(false), 180);
    if (text() !== state.saved) tell(words.unsaved, "");
    clearTimeout(saveTimer);
    saveTimer = setTimeout(() => save(false), 1200);
    try { localStorage.setItem(`draft ${slug}`, JSON.stringify({ text: text(), revision: state.revision, at: Date.now() })); } catch { /* the server keeps it */ }
    triedTimer && clearTimeout(triedTimer);
    if (!$("panel-try")?.hidden) triedTimer = setTimeout(attempt, 400);
  };

  // --- the draft keeps itself ---
  let saveTimer, saving = false;
  const tell = (said, kind) => { const place = $("saved"); place.textContent = said; place.className = `tag ${kind}`; };
  const save = async (now) => {
    if (!can || state.conflict || (text() === state.saved && !now)) return;
    if (saving) { clearTimeout(saveTimer); saveTimer = setTimeout(() => save(false), 600); return; }
    const sent = text();
    saving = true;
    tell(words.saving, "");
    try {
      const answer = await post("/draft", { text: sent, revision: state.revision, based_on: state.basedOn });
      const told = await answer.json();
      if (answer.ok) {
        state.revision = told.revision; state.saved = sent;
        tell(words.saved, "warn");
        try { localStorage.removeItem(`draft ${slug}`); } catch { /* nothing was there */ }
      } else if (told.author) conflict(told); else mediawatch.toast(told.message ?? answer.statusText);
    } catch { tell(words.offline, "bad"); saveTimer = setTimeout(() => save(false), 4000); }
    saving = false;
  };
  const conflict = (told) => {
    state.conflict = true;
    const place = $("conflict");
    place.replaceChildren(words.taken.replace("{name}", told.author), " ");
    for (const [label, act] of [[words.mine, () => { state.revision = told.revision; state.conflict = false; place.hidden = true; save(true); }], [words.theirs, () => { try { localStorage.removeItem(`draft ${slug}`); } catch { /* none */ } state.saved = text(); location.reload(); }]]) {
      const button = document.createElement("button");
      button.type = "button"; button.textContent = label; button.addEventListener("click", act);
      place.append(button, " ");
    }
    place.hidden = false;
  };
  addEventListener("beforeunload", (event) => { if (can && text() !== state.saved && !state.conflict) { save(false); event.preventDefault(); } });
  addEventListener("visibilitychange", () => { if (document.hidden) save(false); });
  // A tab that was closed, or a machine that went out: what this browser still knows and the server does not.
  try {
    const kept = JSON.parse(localStorage.getItem(`draft ${slug}`) ?? "null");
    if (can && kept && kept.text !== text() && kept.revision === state.revision) replaceText(kept.text);
    else if (kept) localStorage.removeItem(`draft ${slug}`);
  } catch { /* nothing kept */ }

  function replaceText(next) {
    const before = text();
    if (before === next) return;
    let from = 0, endBefore = before.length, endNext = next.length;
    while (from < endBefore && from < endNext && before[from] === next[from]) from++;
    while (endBefore > from && endNext > from && before[endBefore - 1] === next[endNext - 1]) { endBefore--; endNext--; }
    view.dispatch({ changes: { from, to: endBefore, insert: next.slice(from, endNext) } });
  }

  // --- where the cursor is, and the forms of its concept ---
  let concept = "", formsTimer;
  const moved = () => {
    const at = view.state.selection.main.head, line = view.state.doc.lineAt(at);
    $("place").textContent = `${line.number}:${at - line.from + 1}`;
    const here = concepts(text()).find((one) => at >= one.at && at < one.end)?.name ?? "";
    if (here && (here !== concept || !$("panel-forms")?.hidden)) { concept = here; clearTimeout(formsTimer); formsTimer = setTimeout(forms, 350); }
  };
  const forms = async () => {
    if (!can || $("panel-forms").hidden || !concept) return;
    try { put("forms", await (await post("/forms", { text: text(), concept })).text()); } catch { /* the next move asks again */ }
  };
  let triedTimer;
  const attempt = async () => { const sample = $("sample").value; if (!sample.trim()) return; try { put("tried", await (await post("/try", { text: text(), sample })).text()); } catch { /* the next key asks again */ } };
  $("sample")?.addEventListener("input", () => { clearTimeout(triedTimer); triedTimer = setTimeout(attempt, 350); });

  // --- tabs, by click and by arrow ---
  const tabs = [...document.querySelectorAll('[role="tab"]')];
  const choose = (tab) => {
    tabs.forEach((one) => { const on = one === tab; one.setAttribute("aria-selected", on); one.tabIndex = on ? 0 : -1; $(one.getAttribute("aria-controls")).hidden = !on; });
    if (tab.id === "tab-forms") { concept ||= concepts(text())[0]?.name ?? ""; forms(); }
    if (tab.id === "tab-try") attempt();
  };
  tabs.forEach((tab, n) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => { const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]; if (step) { const next = tabs[(n + step + tabs.length) % tabs.length]; choose(next); next.focus(); } });
  });

  document.addEventListener("click", async (event) => {
    const target = event.target.closest?.("[data-line][data-column], .chip, [data-measure], [data-measure-end], [data-takes], [data-publish-on], [data-publish-anyway], #problems");
    if (!target) return;
    if (target.matches(".chip")) {
      const answer = await post("/switch", { text: text(), concept, form: target.dataset.form, off: target.dataset.off });
      const told = await answer.json();
      if (answer.ok) { replaceText(told.text); forms(); } else mediawatch.toast(told.message);
    } else if (target.dataset.measure !== undefined) put("range", await (await post("/measure", { text: text(), days: target.dataset.measure })).text());
    else if (target.dataset.measureEnd !== undefined) put("range", await (await post("/measure", { end: "1" })).text());
    else if (target.dataset.takes) { replaceText(target.dataset.takes); view.focus(); }
    else if (target.dataset.publishOn) { state.basedOn = Number(target.dataset.publishOn); publish(false); }
    else if (target.dataset.publishAnyway !== undefined) publish(true);
    else if (target.id === "problems") { view.focus(); C.nextDiagnostic(view); }
    else {
      const line = view.state.doc.line(Math.min(Number(target.dataset.line), view.state.doc.lines));
      view.dispatch({ selection: { anchor: Math.min(line.from + Number(target.dataset.column) - 1, line.to) }, effects: C.EditorView.scrollIntoView(line.from, { y: "center" }) });
      view.focus();
    }
  });

  // --- publishing ---
  const openPublish = () => { $("publish-effect").textContent = $("preview").dataset.effect ?? ""; $("publish-answer").replaceChildren(); $("publish").showModal(); $("reason").focus(); };
  const publish = async (anyway) => {
    const go = $("publish-go"), sent = text();
    clearTimeout(saveTimer);
    while (saving) await new Promise((done) => setTimeout(done, 50));
    go.disabled = true;
    try {
      const answer = await post("/publish", { text: sent, reason: $("reason").value, revision: state.revision, based_on: state.basedOn, anyway: anyway ? "1" : "0" });
      $("publish-answer").innerHTML = await answer.text();
      if (answer.ok) { state.saved = text(); state.revision = 0; try { localStorage.removeItem(`draft ${slug}`); } catch { /* none */ } setTimeout(() => location.assign(`/rules/${slug}?note=Published.`), 900); return; }
    } catch { mediawatch.toast(words.offline); }
    go.disabled = false;
  };
  $("open-publish")?.addEventListener("click", openPublish);
  $("publish-form")?.addEventListener("submit", (event) => { event.preventDefault(); publish(false); });

  // --- the same text as a form ---
  let guided;
  $("open-guide")?.addEventListener("click", async (event) => {
    const place = $("guide");
    if (!place.hidden) { place.hidden = true; event.target.setAttribute("aria-pressed", "false"); view.requestMeasure(); return; }
    place.innerHTML = await (await post("/guide", { text: text() })).text();
    place.hidden = false;
    event.target.setAttribute("aria-pressed", "true");
    const form = $("guide-form");
    if (!form) return;
    const base = text();
    form.addEventListener("submit", (submitted) => submitted.preventDefault());
    form.addEventListener("input", () => {
      clearTimeout(guided);
      guided = setTimeout(async () => {
        const answer = await post("/guide/write", { ...Object.fromEntries(new FormData(form)), text: base });
        if (answer.ok) replaceText((await answer.json()).text);
      }, 350);
    });
  });

  moved();
  if (can) preview(false);
  window.ruleEditor = { view, text, replaceText };
})();
