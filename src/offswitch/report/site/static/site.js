"use strict";
// What every page shares: the theme, and data that is loaded by script tags, which works from disk as well.

const offswitch = (() => {
  const root = () => document.body.dataset.root;
  const waiting = new Map();
  const loaded = new Map();

  /** Loads a data file of the site by its path from the root; resolves to what it holds. */
  function load(path) {
    if (!loaded.has(path)) {
      loaded.set(path, new Promise((resolve, reject) => {
        waiting.set(path, resolve);
        const tag = document.createElement("script");
        tag.src = root() + path;
        tag.onerror = () => { loaded.delete(path); waiting.delete(path); reject(new Error(`${path} cannot be loaded`)); };
        tag.onload = () => tag.remove();
        document.head.append(tag);
      }));
    }
    return loaded.get(path);
  }

  /** Called by data files. */
  function receive(path, value) {
    const resolve = waiting.get(path);
    waiting.delete(path);
    if (resolve) resolve(value);
  }

  /** Lets data files be loaded again: they may have changed. Without a path, all of them. */
  function forget(path) {
    if (path === undefined) loaded.clear();
    else loaded.delete(path);
  }

  /** Makes an element: attributes by name, children as elements or text. Text is never read as markup. */
  function make(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }

  /** Runs what makes a page work, once it is there, and again when a live page was renewed. */
  const begins = [];
  function page(begin) {
    begins.push(begin);
  }
  function renewed() {
    for (const begin of begins) begin();
  }
  document.addEventListener("DOMContentLoaded", renewed);

  // From the disk, a link to a picture would show it instead of saving it: its data file has it once more.
  const KINDS = { svg: "image/svg+xml", png: "image/png" };
  async function save(path, name, kind) {
    const held = (await load(path.replace(/\.[a-z]+$/, ".js")))[kind];
    const bytes = Uint8Array.from(atob(held), (sign) => sign.charCodeAt(0));
    const address = URL.createObjectURL(new Blob([bytes], { type: KINDS[kind] }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[download]");
    const kind = link?.download.split(".").pop();
    if (location.protocol !== "file:" || event.defaultPrevented || !KINDS[kind] || link.protocol !== "file:") return;
    event.preventDefault();
    save(link.getAttribute("href").slice(root().length), link.download, kind);
  });

  const THEMES = ["auto", "light", "dark"];
  const KEY = "offswitch-theme";
  function chosen() {
    try { return localStorage.getItem(KEY) ?? "auto"; } catch { return "auto"; }
  }
  function show(theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }
  show(chosen());

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    const name = (theme) => { button.textContent = `Theme: ${theme}`; };
    button.hidden = false;
    name(chosen());
    button.addEventListener("click", () => {
      const next = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "auto") + 1) % THEMES.length];
      show(next);
      name(next);
      try { localStorage.setItem(KEY, next); } catch { /* A browser may keep nothing for pages from disk. */ }
    });
  });

  return { load, receive, forget, make, page, renewed };
})();
