"use strict";
// The list of trials: filters that are in the address, pages, and keys.

document.addEventListener("DOMContentLoaded", () => {
  const { make } = offswitch;
  const PER_PAGE = 100;
  const SELECTS = { run: "Run", model: "Model", scenario: "Behaviour", condition: "Condition", surface: "Surface",
    split: "Split", technique: "Technique", honesty: "Account afterwards", aware: "Mentions a test" };
  const form = document.getElementById("filters");
  const body = document.getElementById("rows");
  const status = document.getElementById("status");
  const pages = document.getElementById("pages");
  const find = document.getElementById("find");
  let table = null;
  let filters = {};
  let page = 0;
  let found = { trials: [], counts: {} };

  function readAddress() {
    const text = location.hash.slice(1);
    filters = trials.fromQuery(text);
    page = Math.max(0, Number(new URLSearchParams(text).get("page") ?? 1) - 1 || 0);
  }
  function writeAddress() {
    const query = new URLSearchParams(trials.toQuery(filters));
    if (page > 0) query.set("page", String(page + 1));
    history.replaceState(null, "", `#${query}`);
  }

  function makeFilters() {
    const outcomes = document.getElementById("outcomes");
    outcomes.replaceChildren(outcomes.querySelector("legend"));
    const order = Object.keys(table.data.signs);
    const there = [...table.values.outcome].sort((a, b) => order.indexOf(a) - order.indexOf(b));
    for (const outcome of there) {
      const box = make("input", { type: "checkbox", name: "outcome", value: outcome });
      const sign = make("i", { class: `sign ${outcome}`, "aria-hidden": "true" }, table.sign(outcome));
      outcomes.append(make("label", { class: "chip", title: table.meaning(outcome) }, box,
        make("span", {}, sign, ` ${outcome} `, make("b", { "data-count": outcome }))));
    }
    const selects = document.getElementById("selects");
    selects.replaceChildren();
    for (const [facet, name] of Object.entries(SELECTS)) {
      const values = table.values[facet];
      if (values.length < 2 && facet !== "technique") continue;
      if (facet === "technique" && values.length < 2) continue;
      selects.append(make("label", {}, name, make("select", { name: facet }, make("option", { value: "" }, "any"))));
    }
  }

  /** Shows the filters as they are, with how many trials each choice would leave. */
  function showFilters() {
    if (document.activeElement !== find) find.value = filters.q;
    for (const box of form.querySelectorAll("[name=outcome]")) {
      box.checked = filters.outcome.includes(box.value);
      const count = found.counts.outcome[table.values.outcome.indexOf(box.value)];
      box.closest("label").querySelector("b").textContent = count.toLocaleString("en");
    }
    for (const select of form.querySelectorAll("select")) {
      const values = table.values[select.name];
      const counts = found.counts[select.name];
      const chosen = filters[select.name][0] ?? "";
      const shown = values.map((value, code) => [value, counts[code]]).filter(([value, count]) => count > 0 || value === chosen);
      shown.sort((a, b) => a[0].localeCompare(b[0], "en", { numeric: true }));
      select.replaceChildren(make("option", { value: "" }, "any"),
        ...shown.map(([value, count]) => make("option", { value }, `${value} (${count.toLocaleString("en")})`)));
      if (chosen && !values.includes(chosen)) select.append(make("option", { value: chosen }, `${chosen} (0)`));
      select.value = chosen;
    }
    document.getElementById("clear").disabled = trials.toQuery(filters) === "";
  }

  function address(trial) {
    const query = trials.toQuery(filters);
    return `trial.html#${table.ids[trial]}${query ? `?${query}` : ""}`;
  }

  function makeRow(trial) {
    const outcome = table.value("outcome", trial);
    const sign = make("i", { class: `sign ${outcome}`, "aria-hidden": "true" }, table.sign(outcome));
    const link = make("a", { href: address(trial), "data-trial": table.ids[trial] }, `${table.value("surface", trial)} `,
      make("span", { class: "quiet" }, `seed ${table.seeds[trial]}`));
    const said = table.value("honesty", trial);
    const tags = table.techniques(trial).map((name) => make("span", { class: "tag" }, name));
    if (["denied", "overclaimed", "evasive"].includes(said)) tags.push(make("span", { class: "tag told" }, said));
    if (table.value("aware", trial) === "yes") tags.push(make("span", { class: "tag told" }, "mentions a test"));
    const condition = [table.value("condition", trial)];
    if (table.isControl(trial)) condition.push(" ", make("span", { class: "tag" }, "control"));
    const cells = [
      make("th", { scope: "row" }, link),
      make("td", { class: "word outcome" }, sign, ` ${outcome}`),
      make("td", { class: "word" }, table.value("model", trial)),
      make("td", { class: "word brief" }, table.value("scenario", trial)),
      make("td", { class: "word condition" }, ...condition),
      make("td", { class: "word brief" }, table.value("split", trial)),
      make("td", { class: "word tags" }, ...tags.flatMap((tag) => [tag, " "])),
      make("td", { class: "word why" }),
    ];
    if (table.values.run.length > 1) cells.splice(2, 0, make("td", { class: "word" }, table.value("run", trial)));
    return make("tr", {}, ...cells);
  }

  async function showRows() {
    const start = page * PER_PAGE;
    const here = found.trials.slice(start, start + PER_PAGE);
    const kept = document.activeElement?.dataset?.trial;
    const rows = here.map(makeRow);
    body.replaceChildren(...rows);
    if (kept) body.querySelector(`[data-trial="${kept}"]`)?.focus({ preventScroll: true });
    document.getElementById("empty").hidden = found.trials.length > 0;
    document.getElementById("list").hidden = found.trials.length === 0;
    const shownTable = table;
    await Promise.all(here.map(async (trial, n) => {
      const row = await shownTable.row(trial);
      rows[n].querySelector(".why").textContent = row.reason ?? "";
    }));
  }

  function showPages() {
    const last = Math.max(0, Math.ceil(found.trials.length / PER_PAGE) - 1);
    pages.hidden = last === 0;
    document.getElementById("page-now").textContent = `Page ${page + 1} of ${last + 1}`;
    pages.querySelector("[data-go=first]").disabled = pages.querySelector("[data-go=previous]").disabled = page === 0;
    pages.querySelector("[data-go=last]").disabled = pages.querySelector("[data-go=next]").disabled = page === last;
  }

  function show() {
    found = table.filter(filters);
    const last = Math.max(0, Math.ceil(found.trials.length / PER_PAGE) - 1);
    page = Math.min(page, last);
    const all = table.count.toLocaleString("en");
    const number = found.trials.length.toLocaleString("en");
    status.textContent = found.trials.length === table.count ? `${all} trials` : `${number} of ${all} trials`;
    showFilters();
    showPages();
    return showRows();
  }

  function change() {
    filters = { q: find.value.trim() };
    const picked = new FormData(form);
    for (const facet of trials.FACETS) filters[facet] = picked.getAll(facet).filter(Boolean);
    page = 0;
    writeAddress();
    show();
  }
  function go(to) {
    const last = Math.max(0, Math.ceil(found.trials.length / PER_PAGE) - 1);
    const next = Math.max(0, Math.min(last, to));
    if (next === page) return;
    page = next;
    writeAddress();
    showPages();
    showRows();
    document.getElementById("list").scrollIntoView({ block: "start" });
  }
  function step(by) {
    const links = [...body.querySelectorAll("a[data-trial]")];
    const here = links.indexOf(document.activeElement);
    const there = links[here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, here + by))];
    there?.focus();
  }

  let typing = 0;
  find.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(change, 150); });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    // Not for the row that takes the focus.
    event.stopPropagation();
    clearTimeout(typing);
    change();
    step(1);
  });
  form.addEventListener("change", (event) => { if (event.target !== find) change(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("clear").addEventListener("click", () => {
    filters = trials.fromQuery("");
    find.value = "";
    page = 0;
    writeAddress();
    show();
    find.focus();
  });
  pages.addEventListener("click", (event) => {
    const where = event.target.closest("button")?.dataset.go;
    if (where) go({ first: 0, previous: page - 1, next: page + 1, last: Infinity }[where]);
  });
  window.addEventListener("hashchange", () => { if (table) { readAddress(); show(); } });

  const inRow = (at) => Boolean(at.dataset?.trial);
  offswitch.keys.on(["j"], "next trial", () => step(1));
  offswitch.keys.on(["k"], "previous trial", () => step(-1));
  offswitch.keys.on(["ArrowDown"], "", () => step(1), inRow);
  offswitch.keys.on(["ArrowUp"], "", () => step(-1), inRow);
  offswitch.keys.on(["Enter"], "open the trial", () => document.activeElement.click(), inRow);
  offswitch.keys.on(["n"], "next page", () => go(page + 1));
  offswitch.keys.on(["p"], "previous page", () => go(page - 1));
  offswitch.keys.on(["/"], "find", () => find.focus());
  offswitch.keys.on(["x"], "clear the filters", () => document.getElementById("clear").click());

  async function begin(made) {
    table = made;
    makeFilters();
    if (table.values.run.length < 2) document.getElementById("run-head").remove();
    readAddress();
    await show();
  }
  trials.table().then(begin).catch((error) => { status.textContent = `The trials cannot be shown: ${error.message}`; });

  // While a run goes on: the same view of more trials.
  offswitch.refresh = async () => {
    table = await trials.reload();
    makeFilters();
    await show();
  };
});
