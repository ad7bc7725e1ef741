// What all pages share: the theme, toasts, charts, dialogs, and the word that goes with every change.
(() => {
  "use strict";
  const root = document.documentElement;
  const csrf = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

  document.addEventListener("htmx:config:request", (event) => {
    const headers = event.detail?.ctx?.request?.headers;
    if (headers) headers["X-CSRF"] = csrf();
  });

  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-theme-switch], [data-opens], [data-closes], [data-copy]");
    if (!target) return;
    if (target.matches("[data-theme-switch]")) {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* chosen for this page only */ }
      document.querySelectorAll("[data-chart]").forEach(draw);
      document.dispatchEvent(new CustomEvent("theme"));
    } else if (target.dataset.opens) {
      document.getElementById(target.dataset.opens)?.showModal();
    } else if (target.dataset.closes !== undefined) {
      target.closest("dialog")?.close();
    } else if (target.dataset.copy) {
      navigator.clipboard?.writeText(target.dataset.copy).then(() => toast(target.dataset.copied || "✓"));
    }
  });

  const toast = (words) => {
    const place = document.getElementById("toasts");
    if (!place || !words) return;
    const said = document.createElement("div");
    said.className = "toast";
    said.textContent = words;
    place.append(said);
    setTimeout(() => said.remove(), 6000);
  };

  // A list from a file is read here and sent as the text that it is.
  document.addEventListener("change", async (event) => {
    const into = event.target.dataset?.readsInto;
    if (into && event.target.files?.[0]) document.getElementById(into).value = await event.target.files[0].text();
  });

  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const draw = (place) => {
    if (typeof uPlot === "undefined" || !place.clientWidth) return;
    const told = JSON.parse(place.dataset.chart);
    place.replaceChildren();
    const soft = colour("--soft"), line = colour("--line");
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    const series = told.series.map((one, at) => ({
      label: one.name, stroke: colour(`--c${(at % 6) + 1}`), width: 2, points: { show: false },
      dash: at > 5 ? [6, 4] : [], value: (_, value) => value ?? "–",
    }));
    const days = told.days;
    new uPlot({
      width: place.clientWidth, height: place.clientHeight || 190, cursor: { y: false }, legend: { live: true },
      scales: { x: { time: false }, y: { range: (_, low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] } },
      axes: [{ ...axis, grid: { show: false }, space: 70, values: (_, at) => at.map((n) => days[n] ?? "") },
        { ...axis, size: 42, values: (_, at) => at.map((n) => Number.isInteger(n) ? n : "") }],
      series: [{ label: told.label, value: (_, n) => days[n] ?? "–" }, ...series],
    }, [days.map((_, at) => at), ...told.series.map((one) => one.counts)], place);
  };
  const drawAll = (inside) => inside.querySelectorAll?.("[data-chart]").forEach(draw);
  let resizing;
  addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(() => drawAll(document), 150); });
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:after:swap", () => drawAll(document));

  // "/" leads to the search, as in every good list; g and a letter lead to a page.
  let goes = 0;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable=true], .cm-editor");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      const field = document.querySelector("[data-search]");
      if (field) { field.focus(); field.select(); event.preventDefault(); } else location.assign("/items#search");
    } else if (Date.now() - goes < 900) {
      const there = { t: "/", i: "/items", r: "/rules", s: "/sources", d: "/digests", o: "/operations" }[event.key];
      if (there) location.assign(there);
    }
    if (event.key === "g") goes = Date.now();
    if (event.key === "j" || event.key === "k") {
      const lines = [...document.querySelectorAll("[data-line] a.title")];
      const at = lines.indexOf(document.activeElement);
      lines[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), lines.length - 1)]?.focus();
    }
  });

  window.mediawatch = { csrf, toast, draw, isDark };
})();
