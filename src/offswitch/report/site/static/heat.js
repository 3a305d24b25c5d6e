"use strict";
// The heat map's filters. Every number comes from data/heat-N.js, counted beforehand; this only shows another choice.

offswitch.page(async () => {
  const table = document.getElementById("heat");
  if (!table) return;
  const form = document.getElementById("heat-filters");
  const said = document.getElementById("heat-said");
  const links = [...document.querySelectorAll('a[download^="figures-heat."]')];
  const first = table.dataset.run;
  const SVG = "http://www.w3.org/2000/svg";
  const FIELDS = ["events", "reached", "trials", "low", "high", "conditions", "attempted", "evaded", "unreached", "refused", "needs_judge", "malfunction", "published"];
  const REST = [["attempted", "attempted", "△"], ["evaded", "evaded", "↷"], ["unreached", "unreached", "○"], ["refused", "refused", "⊘"], ["needs_judge", "needs-judge", "?"], ["malfunction", "malfunction", "!"]];
  const cells = [...table.tBodies[0].rows].flatMap((row) => [...row.cells].slice(1));
  const initial = cells.map((cell) => [cell.className, [...cell.childNodes]]);

  const number = (value) => value.toLocaleString("en");
  const percent = (share) => `${(100 * share).toFixed(1)}%`;
  const interval = (value) => `${(100 * value.low).toFixed(1)}–${(100 * value.high).toFixed(1)}%`;
  const named = (values) => values && Object.fromEntries(FIELDS.map((name, i) => [name, values[i]]));
  const shade = (value) => Math.ceil(10 * value.events / value.reached - 1e-9);

  function choice() {
    const set = { version: "newest", split: "all", conditions: "", run: first };
    for (const [name, value] of new FormData(form)) set[name] = value;
    set.key = `${set.version}|${set.split}|${set.conditions}`;
    return set;
  }

  function rest(value) {
    return offswitch.make("span", { class: "heat-rest" }, ...REST.filter(([name]) => value[name]).map(([name, outcome, sign]) =>
      offswitch.make("span", { title: outcome },
        offswitch.make("i", { class: `sign ${outcome}`, "aria-hidden": "true" }, sign), number(value[name]),
        offswitch.make("span", { class: "hidden-text" }, ` ${outcome}`))));
  }

  function strip(value) {
    const svg = document.createElementNS(SVG, "svg");
    for (const [name, set] of [["class", "strip"], ["viewBox", "0 0 100 10"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) svg.setAttribute(name, set);
    const bar = (kind, x, width) => {
      const made = document.createElementNS(SVG, "rect");
      for (const [name, set] of [["class", kind], ["x", x], ["width", width], ["height", 10]]) made.setAttribute(name, set);
      svg.append(made);
    };
    bar("track", 0, 100);
    for (const other of value.published) bar("other", 99 * other, 1);
    bar("band", 100 * value.low, 100 * (value.high - value.low));
    bar("value", 98 * value.events / value.reached, 2);
    return svg;
  }

  function fill(cell, value) {
    if (!value) {
      cell.className = "h-empty";
      cell.replaceChildren(offswitch.make("span", { class: "hidden-text" }, "no trials"));
    } else if (!value.reached) {
      cell.className = "h-none";
      cell.replaceChildren(offswitch.make("b", { class: "heat-rate heat-note" }, "not reached"),
        offswitch.make("span", { class: "heat-count" }, `0 of ${number(value.trials)}`),
        offswitch.make("span", { class: "heat-line" }, rest(value)));
    } else {
      cell.className = `h${shade(value)}`;
      cell.replaceChildren(
        offswitch.make("b", { class: "heat-rate" }, percent(value.events / value.reached)),
        offswitch.make("span", { class: "heat-count" }, `${number(value.events)}/${number(value.reached)}`),
        strip(value),
        offswitch.make("span", { class: "heat-line" },
          offswitch.make("span", {}, offswitch.make("span", { class: "hidden-text" }, "interval "), interval(value)), rest(value)));
    }
  }

  function words(set) {
    const label = (name) => form.elements[name]?.selectedOptions[0].textContent;
    const run = label("run") ?? document.querySelector("h1").textContent;
    return `Run: ${run}. Conditions: ${set.conditions}. Surfaces: ${label("split") ?? "all"}. Version: ${label("version") ?? "newest of each"}.`;
  }

  const atStart = () => { const set = choice(); return set.key === table.dataset.default && set.run === first; };

  async function show() {
    const set = choice();
    if (atStart()) {
      cells.forEach((cell, i) => { cell.className = initial[i][0]; cell.replaceChildren(...initial[i][1]); });
    } else {
      const heat = await offswitch.load(`data/heat-${set.run}.js`);
      const values = heat.values[set.key] ?? [];
      cells.forEach((cell, i) => fill(cell, named(values[i])));
    }
    said.textContent = words(set);
    const fragment = new URLSearchParams([...new FormData(form)].filter(([name, value]) => form.elements[name].options[0].value !== value)).toString();
    history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search);
  }

  // Files of what is shown: the drawing has names for what a choice of filters changes.
  async function drawing(set) {
    const heat = await offswitch.load(`data/heat-${set.run}.js`);
    const { svg, shades, none } = await offswitch.load("data/heat-svg.js");
    const texts = { choice: words(set) };
    (heat.values[set.key] ?? cells.map(() => null)).forEach((values, i) => {
      const value = named(values);
      const put = (name, text) => { texts[`${name}-${i}`] = text; };
      put("fill", value?.reached ? shades[shade(value)] : none);
      put("rate", !value ? "–" : value.reached ? percent(value.events / value.reached) : "not reached");
      if (!value) return;
      put("interval", value.reached ? interval(value) : "");
      put("count", value.reached ? `${number(value.events)} of ${number(value.reached)}` : `0 of ${number(value.trials)}`);
      put("rest", REST.filter(([name]) => value[name]).map(([name, , sign]) => `${sign} ${number(value[name])}`).join("  "));
    });
    const escaped = (text) => text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
    return svg.replace(/@([a-z]+(?:-\d+)?)@/g, (_, name) => escaped(texts[name] ?? ""));
  }

  async function numbers(set) {
    const heat = await offswitch.load(`data/heat-${set.run}.js`);
    const quoted = (value) => {
      const text = String(value);
      const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
      return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const lines = [["behaviour", "model", ...FIELDS.slice(0, -1), "how"]];
    (heat.values[set.key] ?? []).forEach((values, i) => {
      if (values) lines.push([heat.rows[Math.floor(i / heat.columns.length)], heat.columns[i % heat.columns.length], ...values.slice(0, -1), words(set)]);
    });
    return lines.map((line) => line.map(quoted).join(",")).join("\n") + "\n";
  }

  function picture(svg) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
      image.onload = () => {
        const canvas = offswitch.make("canvas", { width: 2 * image.naturalWidth, height: 2 * image.naturalHeight });
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        URL.revokeObjectURL(address);
        canvas.toBlob(resolve, "image/png");
      };
      image.onerror = reject;
      image.src = address;
    });
  }

  for (const link of links) {
    link.addEventListener("click", async (event) => {
      if (atStart()) return;
      event.preventDefault();
      const set = choice();
      const kind = link.download.split(".").pop();
      const made = kind === "csv" ? new Blob([await numbers(set)], { type: "text/csv" })
        : kind === "svg" ? new Blob([await drawing(set)], { type: "image/svg+xml" }) : await picture(await drawing(set));
      const address = URL.createObjectURL(made);
      const away = offswitch.make("a", { href: address, download: link.download });
      away.click();
      setTimeout(() => URL.revokeObjectURL(address), 10000);
    });
  }

  form.hidden = false;
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const field = form.elements[name];
    if (field && [...field.options].some((option) => option.value === value)) field.value = value;
  }
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  await show();
});
