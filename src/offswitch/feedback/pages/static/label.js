// Keys, active time and drafts for the pages on which people answer. The pages work without it, by mouse and Tab.
"use strict";

const form = document.getElementById("answer");
const KEYS_OFF = "offswitch-keys-off";
const DRAFT = "offswitch-draft-";

// Single keys can be switched off, for people whose tools send them by themselves (speech input, for instance).
const keysOn = document.getElementById("keys-on");
function showKeys() {
  document.body.classList.toggle("no-keys", localStorage.getItem(KEYS_OFF) === "1");
}
if (keysOn) {
  keysOn.checked = localStorage.getItem(KEYS_OFF) !== "1";
  keysOn.addEventListener("change", () => {
    localStorage.setItem(KEYS_OFF, keysOn.checked ? "0" : "1");
    showKeys();
  });
}
showKeys();

for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}
for (const button of document.querySelectorAll("[data-closes]")) {
  button.addEventListener("click", () => document.getElementById(button.dataset.closes).close());
}

// Time in which the page was in front, in seconds.
let active = 0;
let since = document.visibilityState === "visible" ? performance.now() : null;
function pause() {
  if (since !== null) active += (performance.now() - since) / 1000;
  since = null;
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") since = performance.now();
  else pause();
});

// A draft in this browser: should the server or the browser die, nothing has to be said twice.
function keepDraft() {
  const fields = [...new FormData(form).entries()].filter(([name]) => !["form_token", "active_seconds"].includes(name));
  localStorage.setItem(DRAFT + form.dataset.number, JSON.stringify(fields));
}
function takeDraft() {
  const own = DRAFT + form.dataset.number;
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(DRAFT) && name !== own) localStorage.removeItem(name);
  }
  for (const [name, value] of JSON.parse(localStorage.getItem(own) || "[]")) {
    for (const field of form.elements) {
      if (field.name !== name) continue;
      if (field.type === "radio" || field.type === "checkbox") field.checked ||= field.value === value;
      else if (field.type === "textarea" && value) {
        field.value = value;
        field.closest("details").open = true;
      }
    }
  }
}

if (form) {
  takeDraft();
  form.addEventListener("input", keepDraft);
  form.addEventListener("submit", () => {
    pause();
    form.elements.active_seconds.value = active.toFixed(1);
    // After the browser has read the form: a button that is off sends no value.
    setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)), 0);
  });
  // Back from the browser's memory: the buttons must work again.
  window.addEventListener("pageshow", () => form.querySelectorAll("button").forEach((button) => (button.disabled = false)));
}

function step(by) {
  const messages = [...document.querySelectorAll(".message")].filter((message) => message.offsetParent !== null);
  const here = messages.indexOf(document.activeElement.closest(".message"));
  const there = messages[Math.max(0, Math.min(messages.length - 1, here + (here < 0 ? 1 : by)))];
  if (there) goTo(there);
}
function goTo(place) {
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "start" });
}

function press(target) {
  if (target.dataset.focus) {
    target.closest("details").open = true;
    document.getElementById(target.dataset.focus).focus();
  } else if (target.matches("input[type=checkbox][name=techniques]")) {
    target.focus();
  } else if (target.matches("a[href^='#']")) {
    goTo(document.querySelector(target.getAttribute("href")));
  } else {
    target.focus();
    target.click();
  }
}

document.addEventListener("keydown", (event) => {
  const at = document.activeElement;
  if (event.isComposing || event.altKey || event.metaKey) return;
  if (at.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) {
    if (event.key === "Escape") at.blur();
    if (event.key === "Enter" && event.ctrlKey && form) form.requestSubmit(form.querySelector("button.main"));
    return;
  }
  if (event.ctrlKey || document.querySelector("dialog[open]")) return;
  if (localStorage.getItem(KEYS_OFF) === "1") return;
  // Arrows within the techniques, as within a group of radio buttons.
  if (at.name === "techniques" && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    const boxes = [...form.querySelectorAll("[name=techniques]")];
    const next = boxes[boxes.indexOf(at) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) next.focus();
    event.preventDefault();
    return;
  }
  if (event.key === "Enter") {
    // On a link, a button or a heading that opens, Enter means that; elsewhere it sends the answer.
    if (!form || at.matches("a, button, summary")) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("button.main"));
    return;
  }
  if (event.key === "j" || event.key === "k") {
    step(event.key === "j" ? 1 : -1);
    event.preventDefault();
    return;
  }
  if (document.getElementById("side-a") && (event.key === "a" || event.key === "b")) {
    goTo(document.getElementById("side-" + event.key));
    event.preventDefault();
    return;
  }
  const target = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
  if (target) {
    press(target);
    event.preventDefault();
  }
});
