"use strict";
// The trials' table as it was written: compact columns of all trials, filters on them, and what is loaded by page.

const trials = (() => {
  const ABSENT = "(none)";
  const FACETS = ["run", "model", "scenario", "condition", "surface", "split", "outcome", "technique", "honesty", "aware"];
  const AWARE = ["no", "yes", ABSENT];
  const SEARCHED = ["run", "model", "scenario", "version", "condition", "surface", "split", "outcome", "honesty"];
  const ID_PART = 4;
  const pad = (number) => String(number).padStart(5, "0");
  const unpacked = new Map();

  /** What a packed file holds: base64 of gzip of JSON. */
  async function unpack(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  }

  /** Loads a packed file, once. */
  function load(path) {
    if (!unpacked.has(path)) {
      const made = offswitch.load(path).then(unpack);
      made.catch(() => unpacked.delete(path));
      unpacked.set(path, made);
    }
    return unpacked.get(path);
  }

  /** The table as it is now: files that may have changed are loaded again. */
  async function reload() {
    for (const path of [...unpacked.keys()]) {
      if (path === "trials/columns.js" || path.startsWith("trials/rows/")) {
        unpacked.delete(path);
        offswitch.forget(path);
      }
    }
    return table();
  }

  async function table() {
    return new Table(await load("trials/columns.js"));
  }

  class Table {
    constructor(data) {
      this.data = data;
      this.count = data.count;
      this.ids = data.id;
      this.codes = {};
      this.values = {};
      for (const [name, column] of Object.entries(data.columns)) {
        this.values[name] = column.values;
        this.codes[name] = Uint32Array.from(column.codes);
      }
      this.values.technique = [...data.techniques.values, ABSENT];
      this.values.aware = AWARE;
      this.codes.aware = Uint8Array.from(data.aware);
      this.sets = data.techniques.sets;
      this.codes.sets = Uint32Array.from(data.techniques.codes);
      this.seeds = data.seed;
      this.controls = new Set(data.controls.map(([scenario, condition]) => `${scenario} ${condition}`));
    }

    value(name, trial) { return this.values[name][this.codes[name][trial]]; }
    techniques(trial) { return this.sets[this.codes.sets[trial]].map((code) => this.data.techniques.values[code]); }
    isControl(trial) { return this.controls.has(`${this.codes.scenario[trial]} ${this.codes.condition[trial]}`); }
    indexOf(id) { return this.ids.indexOf(id); }
    sign(outcome) { return this.data.signs[outcome] ?? ""; }
    meaning(name) { return this.data.meanings[name] ?? ""; }
    behaviourPage(trial) { return this.data.pages[this.codes.scenario[trial]]; }

    /** Which codes of a facet are wanted; null where all are. */
    wanted(facet, chosen) {
      if (!chosen || chosen.length === 0) return null;
      const values = this.values[facet];
      const hit = values.map((value) => (chosen.includes(value) ? 1 : 0));
      if (facet !== "technique") return Uint8Array.from(hit);
      const none = hit[values.length - 1];
      return Uint8Array.from(this.sets, (set) => (set.length === 0 ? none : Number(set.some((code) => hit[code]))));
    }

    /** The trials that pass, and for each facet how many there would be with each of its values. */
    filter(filters) {
      const columns = FACETS.map((facet) => this.codes[facet === "technique" ? "sets" : facet]);
      const wanted = FACETS.map((facet) => this.wanted(facet, filters[facet]));
      const sizes = FACETS.map((facet) => (facet === "technique" ? this.sets.length : this.values[facet].length));
      const tallies = sizes.map((size) => new Uint32Array(size));
      const holds = this.search(filters.q ?? "");
      const passed = [];
      for (let trial = 0; trial < this.count; trial++) {
        if (!holds(trial)) continue;
        let failed = -1;
        let failures = 0;
        for (let f = 0; f < FACETS.length && failures < 2; f++) {
          if (wanted[f] && !wanted[f][columns[f][trial]]) { failed = f; failures++; }
        }
        if (failures > 1) continue;
        if (failures === 1) tallies[failed][columns[failed][trial]]++;
        else {
          passed.push(trial);
          for (let f = 0; f < FACETS.length; f++) tallies[f][columns[f][trial]]++;
        }
      }
      const counts = {};
      FACETS.forEach((facet, f) => { counts[facet] = facet === "technique" ? this.byTechnique(tallies[f]) : tallies[f]; });
      return { trials: passed, counts };
    }

    byTechnique(tally) {
      const counts = new Uint32Array(this.values.technique.length);
      this.sets.forEach((set, code) => {
        if (set.length === 0) counts[counts.length - 1] += tally[code];
        for (const technique of set) counts[technique] += tally[code];
      });
      return counts;
    }

    /** Whether a trial holds every word: in a name, as the beginning of its id, or as its seed. */
    search(text) {
      const words = text.toLowerCase().split(/[\s/]+/).filter(Boolean);
      if (words.length === 0) return () => true;
      const tests = words.map((word) => {
        const named = SEARCHED.map((name) => Uint8Array.from(this.values[name], (value) => Number(value.toLowerCase().includes(word))));
        const technique = Uint8Array.from(this.sets, (set) => Number(set.some((code) => this.data.techniques.values[code].toLowerCase().includes(word))));
        return (trial) =>
          SEARCHED.some((name, n) => named[n][this.codes[name][trial]]) || technique[this.codes.sets[trial]] ||
          String(this.seeds[trial]) === word || (word.length >= ID_PART && this.ids[trial].startsWith(word));
      });
      return (trial) => tests.every((test) => test(trial));
    }

    /** What only shown rows need, of one trial. */
    async row(trial) {
      const page = await load(`trials/rows/${pad(Math.floor(trial / this.data.rows))}.js`);
      const place = trial % this.data.rows;
      return Object.fromEntries(Object.entries(page).map(([name, column]) => [name, column[place]]));
    }

    /** What the page of a trial shows; null where the site does not hold it. */
    async text(trial) {
      const { places, chunk } = this.data;
      if (places === null) return (await load(`trials/text/${this.ids[trial]}.js`))[0];
      if (places[trial] < 0) return null;
      return (await load(`trials/texts/${pad(Math.floor(places[trial] / chunk))}.js`))[places[trial] % chunk];
    }
  }

  /** Filters as they stand in an address, and back. */
  function toQuery(filters) {
    const query = new URLSearchParams();
    for (const facet of FACETS) for (const value of filters[facet] ?? []) query.append(facet, value);
    if (filters.q) query.set("q", filters.q);
    return query.toString();
  }
  function fromQuery(text) {
    const query = new URLSearchParams(text);
    const filters = { q: query.get("q") ?? "" };
    for (const facet of FACETS) filters[facet] = query.getAll(facet);
    return filters;
  }

  return { FACETS, table, reload, toQuery, fromQuery };
})();
