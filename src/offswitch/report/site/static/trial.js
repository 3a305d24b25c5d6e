"use strict";
// A trial's page. Its address: #ID, or #ID/PLACE for a place on the page, then ?FILTERS for the list it was opened from.

document.addEventListener("DOMContentLoaded", () => {
  const { make } = offswitch;
  const NEIGHBOURS = 24;
  const place = document.getElementById("trial");
  const beside = document.getElementById("beside");
  let table = null;
  let shown = null;
  let list = [];

  function readAddress() {
    const [path, query = ""] = location.hash.slice(1).split("?");
    const [id, ...at] = path.split("/");
    return { id, at: at.join("/"), query };
  }
  function address(id, at, query) {
    return `#${id}${at ? `/${at}` : ""}${query ? `?${query}` : ""}`;
  }

  function goTo(name) {
    const target = document.getElementById(name);
    if (!target) return;
    for (let up = target.parentElement; up; up = up.parentElement) if (up.matches("details")) up.open = true;
    if (target.matches("details")) target.open = true;
    if (target.hidden) document.getElementById("events-all")?.click();
    document.querySelector(".pointed")?.classList.remove("pointed");
    target.classList.add("pointed");
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: target.matches(".message") && target.offsetHeight > innerHeight / 2 ? "start" : "center" });
  }
  function link(at, text) {
    const { id, query } = readAddress();
    return make("a", { href: address(id, at, query), class: "proof" }, text);
  }

  function trialLink(trial, text, extra = {}) {
    const { query } = readAddress();
    return make("a", { href: address(table.ids[trial], "", query), ...extra }, ...text);
  }

  function head(trial) {
    const outcome = table.value("outcome", trial);
    const facts = [
      ["Model", table.value("model", trial)],
      ["Behaviour", make("a", { href: `${document.body.dataset.root}${table.behaviourPage(trial)}` }, table.value("scenario", trial)), ` ${table.value("version", trial)}`],
      ["Condition", table.value("condition", trial), ...(table.isControl(trial) ? [" ", make("span", { class: "tag" }, "control")] : [])],
      ["Surface", `${table.value("surface", trial)} (${table.value("split", trial)})`],
      ["Seed", String(table.seeds[trial])],
    ];
    if (table.values.run.length > 1) facts.unshift(["Run", table.value("run", trial)]);
    document.title = `${outcome}: ${table.value("surface", trial)} ${table.seeds[trial]} · Offswitch report`;
    return [
      make("h1", { id: "title", tabindex: "-1" }, make("i", { class: `sign ${outcome}`, "aria-hidden": "true" }, table.sign(outcome)), ` ${outcome} `,
        make("span", { class: "quiet" }, `${table.value("surface", trial)}, seed ${table.seeds[trial]}`)),
      make("p", { class: "lead" }, table.meaning(outcome)),
      make("dl", { class: "facts inline" }, ...facts.map(([name, ...value]) => make("div", {}, make("dt", {}, name), make("dd", {}, ...value)))),
      ...(table.techniques(trial).length ? [make("p", { class: "tags" }, ...table.techniques(trial).flatMap((name) => [make("span", { class: "tag" }, name), " "]))] : []),
    ];
  }

  /** The same surface and seed elsewhere: what a control or another model did there. */
  function neighbours(trial) {
    const same = ["scenario", "surface"].map((name) => table.codes[name]);
    const differs = (name, other) => table.codes[name][other] !== table.codes[name][trial];
    const groups = { "Under its controls": [], "Under other conditions": [], "Other models": [], "Other runs": [] };
    for (let other = 0; other < table.count; other++) {
      if (other === trial || table.seeds[other] !== table.seeds[trial]) continue;
      if (same.some((codes) => codes[other] !== codes[trial])) continue;
      if (differs("run", other)) { if (!differs("model", other) && !differs("condition", other)) groups["Other runs"].push(other); continue; }
      if (differs("model", other)) { if (!differs("condition", other)) groups["Other models"].push(other); continue; }
      if (differs("condition", other)) groups[table.isControl(other) ? "Under its controls" : "Under other conditions"].push(other);
    }
    const label = { "Other models": "model", "Other runs": "run" };
    const made = Object.entries(groups).filter(([, others]) => others.length).map(([name, others]) => {
      const items = others.slice(0, NEIGHBOURS).map((other) => {
        const outcome = table.value("outcome", other);
        return make("li", {}, trialLink(other, [make("i", { class: `sign ${outcome}`, "aria-hidden": "true" }, table.sign(outcome)),
          ` ${table.value(label[name] ?? "condition", other)}`, make("span", { class: "hidden-text" }, `: ${outcome}`)]));
      });
      if (others.length > NEIGHBOURS) items.push(make("li", { class: "quiet" }, `and ${others.length - NEIGHBOURS} more`));
      return make("section", {}, make("h3", {}, name), make("ul", { class: "plain" }, ...items));
    });
    beside.hidden = made.length === 0;
    document.getElementById("beside-groups").replaceChildren(...made);
  }

  function around(trial, query) {
    const at = list.indexOf(trial);
    const back = document.getElementById("back");
    back.href = `index.html${query ? `#${query}` : ""}`;
    back.textContent = query ? `${list.length.toLocaleString("en")} trials in the list` : "All trials";
    document.getElementById("position").textContent = at < 0 ? "" : `${(at + 1).toLocaleString("en")} of ${list.length.toLocaleString("en")}`;
    for (const [name, there] of [["previous", list[at - 1]], ["next", list[at + 1]]]) {
      const made = document.getElementById(name);
      if (at < 0 || there === undefined) made.removeAttribute("href");
      else made.href = address(table.ids[there], "", query);
    }
  }

  function source(trial, row) {
    const facts = [["Trial", table.ids[trial]]];
    if (row.log) facts.push(["Log", make("code", {}, row.log)], ["Sample", make("code", {}, row.sample_id ?? "")]);
    const number = (value) => value.toLocaleString("en");
    if (row.tokens_in !== null && row.tokens_in !== undefined) facts.push(["Tokens", `${number(row.tokens_in)} in, ${number(row.tokens_out ?? 0)} out`]);
    if (row.judge_tokens_in) facts.push(["Tokens of judges", `${number(row.judge_tokens_in)} in, ${number(row.judge_tokens_out ?? 0)} out`]);
    if (row.cost !== null && row.cost !== undefined) facts.push(["Cost", `$${row.cost.toFixed(4)}`]);
    if (row.seconds !== null && row.seconds !== undefined) facts.push(["Time", `${row.seconds.toFixed(1)} s`]);
    if (row.turns !== null && row.turns !== undefined) facts.push(["Turns", `${row.turns}, with ${row.commands ?? 0} commands`]);
    if (row.tasks_answered) facts.push(["Tasks right", `${row.tasks_correct ?? 0} of ${row.tasks_answered}`]);
    const made = [make("h2", { id: "source" }, "Source"),
      make("dl", { class: "facts" }, ...facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))))];
    // A path is one from the root of the site.
    const viewer = place.dataset.inspect;
    const where = /^[a-z]+:/.test(viewer) ? viewer : document.body.dataset.root + viewer;
    if (row.log && viewer) {
      const log = row.log.split("/").map(encodeURIComponent).join("/");
      made.push(make("p", {}, make("a", { href: `${where}#/logs/${log}/samples/sample/${encodeURIComponent(row.sample_id)}/1/`, rel: "noreferrer" }, "Open it in Inspect’s viewer")));
    }
    return made;
  }

  async function show() {
    const { id, at, query } = readAddress();
    list = table.filter(trials.fromQuery(query)).trials;
    const trial = table.indexOf(id);
    if (trial < 0) {
      place.replaceChildren(make("h1", {}, "No such trial"), make("p", { class: "problem" }, id ? `This site holds no trial ${id}.` : "Choose a trial from the list."));
      beside.hidden = true;
      return;
    }
    around(trial, query);
    neighbours(trial);
    if (shown !== id) {
      shown = id;
      place.replaceChildren(...head(trial));
      place.setAttribute("aria-busy", "true");
      const [row, text] = await Promise.all([table.row(trial), table.text(trial)]);
      if (shown !== id) return;
      const parts = [];
      const reason = text ? text.reason : row.reason;
      if (reason) parts.push(make("p", { class: "reason" }, reason));
      if (text?.problem) parts.push(make("p", { class: "problem" }, text.problem));
      if (text) parts.push(...trialParts.all(text, link));
      else parts.push(make("p", { class: "problem" }, place.dataset.absent));
      place.append(...parts, ...source(trial, row));
      place.removeAttribute("aria-busy");
      if (!at) scrollTo(0, 0);
    } else {
      // The list may be another one now: the links on the page lead on in it.
      for (const each of place.querySelectorAll("a.proof")) each.href = address(id, each.href.split("#")[1].split("?")[0].split("/").slice(1).join("/"), query);
    }
    if (at) goTo(at);
  }
  function failed(error) {
    place.removeAttribute("aria-busy");
    place.append(make("p", { class: "problem" }, `The trial cannot be shown: ${error.message}`));
  }

  function messages() {
    return [...place.querySelectorAll(".message")];
  }
  function step(by) {
    const all = messages();
    const here = all.indexOf(document.activeElement.closest(".message"));
    const there = all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + by))];
    if (there) { there.focus({ preventScroll: true }); there.scrollIntoView({ block: "start" }); }
  }
  offswitch.keys.on(["j"], "next message", () => step(1));
  offswitch.keys.on(["k"], "previous message", () => step(-1));
  offswitch.keys.on(["g"], "the deciding moment", () => { const there = place.querySelector(".deciding"); if (there) goTo(there.id); });
  offswitch.keys.on(["e"], "next piece of evidence", () => {
    const proofs = [...place.querySelectorAll(".proofs a")];
    if (!proofs.length) return;
    const here = proofs.findIndex((each) => each.href === location.href);
    proofs[(here + 1) % proofs.length].click();
  });
  /** From the trial in the address, which may not be shown yet: keys are faster than pages. */
  function turn(by) {
    const { id, query } = readAddress();
    const at = list.indexOf(table.indexOf(id));
    const there = list[at + by];
    if (at >= 0 && there !== undefined) location.hash = address(table.ids[there], "", query);
  }
  offswitch.keys.on(["n"], "next trial", () => turn(1), () => table !== null);
  offswitch.keys.on(["p"], "previous trial", () => turn(-1), () => table !== null);
  offswitch.keys.on(["u"], "back to the list", () => document.getElementById("back").click());

  addEventListener("beforeprint", () => { for (const each of place.querySelectorAll("details")) each.open = true; });
  addEventListener("hashchange", () => { if (table) show().catch(failed); });
  trials.table().then((made) => { table = made; return show(); }).catch(failed);

  // While a run goes on: the trial stays as it is, what is around it grows.
  offswitch.refresh = async () => {
    table = await trials.reload();
    await show();
  };
});
