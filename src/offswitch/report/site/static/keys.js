"use strict";
// Single keys: what they do on this page, a dialog that says so, and a switch for those whose tools send keys themselves.

offswitch.keys = (() => {
  const OFF = "offswitch-keys-off";
  const actions = new Map();

  function kept() {
    try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
  }
  function keep(off) {
    try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* A browser may keep nothing for pages from disk. */ }
  }

  /** Says what some keys do; `when` tells whether they do it at the moment. */
  function on(keys, meaning, act, when = () => true) {
    for (const key of keys) actions.set(key, { act, when });
    const list = document.getElementById("keys-list");
    if (!list || !meaning) return;
    const names = keys.flatMap((key, n) => [n ? " or " : "", offswitch.make("kbd", {}, { ArrowDown: "↓", ArrowUp: "↑" }[key] ?? key)]);
    list.append(offswitch.make("div", {}, offswitch.make("dt", {}, ...names), offswitch.make("dd", {}, meaning)));
  }

  document.addEventListener("DOMContentLoaded", () => {
    const dialog = document.getElementById("keys");
    if (!dialog) return;
    const box = document.getElementById("keys-on");
    let off = kept();
    box.checked = !off;
    box.addEventListener("change", () => { off = !box.checked; keep(off); });
    for (const button of document.querySelectorAll("[data-keys]")) button.addEventListener("click", () => dialog.showModal());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    document.addEventListener("keydown", (event) => {
      if (event.isComposing || event.altKey || event.metaKey || event.ctrlKey || dialog.open) return;
      const at = document.activeElement;
      if (at.matches("textarea, select, input:not([type=checkbox]):not([type=radio])")) {
        if (event.key === "Escape") at.blur();
        return;
      }
      if (off && event.key.length === 1) return;
      if (event.key === "?") { dialog.showModal(); event.preventDefault(); return; }
      const action = actions.get(event.key);
      if (action && action.when(at)) { action.act(); event.preventDefault(); }
    });
  });

  return { on };
})();
