"use strict";
// While a run goes on: asks every few seconds whether there are more trials, and shows them where the reader stands.

(() => {
  const EVERY = 2000;
  const badge = () => document.getElementById("live");
  let version = null;
  let busy = false;

  function say(state) {
    const count = (number) => number.toLocaleString("en");
    const of = state.planned ? ` of ${count(state.planned)}` : "";
    badge().textContent = `Live: ${count(state.trials)}${of} trials`;
  }

  /** What the reader chose in forms and opened, to be put back. */
  function keep(main) {
    const controls = [...main.querySelectorAll("input, select, textarea")];
    return {
      values: controls.map((each) => [each.name || each.id, each.value, each.checked]),
      open: [...main.querySelectorAll("details")].map((each) => each.open),
      focus: main.contains(document.activeElement) ? [...main.querySelectorAll("*")].indexOf(document.activeElement) : -1,
    };
  }
  function putBack(main, kept) {
    const controls = [...main.querySelectorAll("input, select, textarea")];
    const forms = new Set();
    controls.forEach((each, n) => {
      const was = kept.values[n];
      if (!was || was[0] !== (each.name || each.id)) return;
      if (each.matches("[type=radio], [type=checkbox]")) {
        if (each.value === was[1]) each.checked = was[2];
      } else each.value = was[1];
      forms.add(each.form ?? each);
    });
    [...main.querySelectorAll("details")].forEach((each, n) => { each.open = kept.open[n] ?? each.open; });
    if (kept.focus >= 0) main.querySelectorAll("*")[kept.focus]?.focus({ preventScroll: true });
    for (const each of forms) each.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** The page as it is now, put in the place of its content; the reader stays where they were. */
  async function renew() {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = document.querySelector("main");
    const fresh = document.adoptNode(made.querySelector("main"));
    // A browser keeps pictures by their address.
    for (const each of fresh.querySelectorAll("img[src]")) each.setAttribute("src", `${each.getAttribute("src")}?${version}`);
    for (const each of fresh.querySelectorAll("source[srcset]")) each.setAttribute("srcset", `${each.getAttribute("srcset")}?${version}`);
    const kept = keep(main);
    const at = scrollY;
    main.replaceWith(fresh);
    document.title = made.title;
    offswitch.forget();
    offswitch.renewed();
    putBack(fresh, kept);
    scrollTo({ top: at, behavior: "instant" });
  }

  async function look() {
    if (busy) return;
    busy = true;
    try {
      offswitch.forget("live.js");
      const state = await offswitch.load("live.js");
      say(state);
      if (version !== null && state.version !== version) {
        version = state.version;
        await (offswitch.refresh ?? renew)();
      }
      version = state.version;
    } catch {
      badge().textContent = "Live: the server has ended";
    } finally {
      busy = false;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    badge().hidden = false;
    look();
    setInterval(look, EVERY);
  });
})();
