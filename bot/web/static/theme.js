// Before anything is painted: the theme that somebody chose for this browser.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch { /* a browser without storage follows the system */ }
})();
