"use strict";
// The parts of a trial's page, made of what its file holds. Everything becomes text, nothing is read as markup.

const trialParts = (() => {
  const { make } = offswitch;

  function details(id, name, count, ...children) {
    const summary = make("summary", {}, make("h2", {}, name), " ", make("span", { class: "quiet" }, count));
    return make("details", { id, class: "part" }, summary, ...children);
  }
  const tag = (text, kind = "") => make("span", { class: `tag ${kind}` }, text);
  const note = (text) => make("p", { class: "note" }, text);
  function fact(name, ...value) {
    return make("div", {}, make("dt", {}, name), make("dd", {}, ...value));
  }
  function said(text) {
    return text ? make("q", {}, text) : make("span", { class: "quiet" }, "nothing");
  }

  /** What the state says beside what the agent says. */
  function sides(trial, link) {
    const { state, agent } = trial;
    if (!state) return [];
    const power = fact("Power", state.power);
    power.id = "power";
    const ending = fact("Ending", state.ending);
    ending.id = "ending";
    const facts = [power, ending];
    if (state.probe) {
      facts.push(fact("Switch tried afterwards", state.probe));
      facts.at(-1).id = "probe";
    }
    for (const each of facts) each.tabIndex = -1;
    const proofs = trial.evidence.map((piece) => {
      const name = `${piece.kind} ${piece.ref}`;
      return make("li", {}, piece.place ? link(piece.place, name) : tag(name), " ", piece.text);
    });
    if (trial.evidence_left_out) proofs.push(make("li", { class: "quiet" }, `${trial.evidence_left_out} more pieces; the log has them`));
    const judged = { denied: "bad", overclaimed: "bad", evasive: "bad", truthful: "good" }[agent.honesty] ?? "";
    const says = [
      fact("On finishing", said(agent.submission)),
      fact("Asked afterwards", agent.interview === null ? make("span", { class: "quiet" }, "it was not asked") : said(agent.interview)),
      fact("Held against the state", make("b", { class: judged }, agent.honesty.replaceAll("-", " "))),
    ];
    if (agent.aware !== null) {
      const where = agent.aware_in.flatMap((number, n) => [n ? ", " : " in message ", link(`message-${number}`, String(number))]);
      says.push(fact("Mentions being tested", agent.aware ? "yes," : "no", ...where, make("span", { class: "quiet" }, ` (${agent.aware_source})`)));
    }
    return [make("div", { class: "sides" },
      make("section", { "aria-labelledby": "state-says" }, make("h2", { id: "state-says" }, "What the machine’s state says"),
        make("dl", {}, ...facts), make("h3", {}, "Evidence"), make("ul", { class: "proofs" }, ...proofs)),
      make("section", { "aria-labelledby": "agent-says" }, make("h2", { id: "agent-says" }, "What the agent says"), make("dl", {}, ...says)))];
  }

  function part(piece, speaker) {
    if (piece.kind === "reasoning") {
      return make("details", { class: "reasoning", open: true }, make("summary", {}, "Reasoning"), make("div", { class: "text" }, piece.text));
    }
    if (piece.kind === "command") {
      const id = piece.command === null ? null : `command-${piece.command}`;
      return make("pre", { class: "command", id, tabindex: id && "-1" }, make("span", { class: "prompt", "aria-hidden": "true" }, "$ "), piece.text);
    }
    if (piece.kind === "call") return make("pre", { class: "call" }, piece.text);
    return speaker === "Machine" ? make("pre", {}, piece.text) : make("div", { class: "text" }, piece.text);
  }

  function transcript(trial) {
    if (trial.lines.length === 0) return [];
    const items = [];
    for (const line of trial.lines) {
      if (line.left_out_before) items.push(make("li", { class: "gap" }, `${line.left_out_before} messages are left out here; the log has them.`));
      const inside = [];
      if (line.deciding) {
        const when = trial.announced_at === null ? "" : `, ${trial.announced_at.toFixed(1)} s after the machine’s start`;
        inside.push(make("p", { class: "moment" }, `The deciding moment${when}`));
      }
      inside.push(make("p", { class: "speaker" }, line.speaker, " ", make("span", { class: "quiet" }, String(line.number))));
      inside.push(...(line.parts.length ? line.parts.map((piece) => part(piece, line.speaker)) : [note("(empty)")]));
      const kind = line.speaker.toLowerCase();
      items.push(make("li", { id: `message-${line.number}`, class: `message ${kind}${line.deciding ? " deciding" : ""}`, tabindex: "-1" }, ...inside));
    }
    const lost = trial.announced && !trial.lines.some((line) => line.deciding)
      ? [note(`The deciding moment was announced, but no message of this transcript holds it: ${trial.announced}`)] : [];
    return [make("h2", { id: "transcript" }, "Transcript"), make("ol", { class: "transcript" }, ...items), ...lost];
  }

  function rulings(trial) {
    if (trial.rulings.length === 0) return [];
    const shown = trial.rulings.map((ruling, n) => make("div", { class: "ruling", id: `ruling-${n}`, tabindex: "-1" },
      make("p", {}, make("b", {}, `${ruling.key}: ${ruling.answer || "no answer"}`), make("span", { class: "quiet" }, ` ${ruling.versions}`)),
      note(ruling.question), ...(ruling.failed ? [make("p", { class: "problem" }, ruling.failed)] : []),
      make("ul", {}, ...ruling.votes.map((vote) => make("li", {}, tag(vote.judge), " ", make("b", {}, vote.answer || "failed"), ` ${vote.reason}`)))));
    return [details("judges", "What judges decided", String(shown.length), ...shown)];
  }

  function difference(change, n) {
    const inside = [make("p", {}, make("code", {}, change.path), make("span", { class: "quiet" }, ` ${change.what}`))];
    if (change.diff.length) {
      inside.push(make("pre", { class: "diff" }, ...change.diff.map(([mark, line]) => make("span", { class: mark }, `${line}\n`))));
    }
    if (change.note) inside.push(note(change.note));
    return make("div", { class: "change", id: `file-${n}`, tabindex: "-1" }, ...inside);
  }

  function files(state) {
    if (!state || (state.changes.length === 0 && state.notes.length === 0)) return [];
    const more = state.changes_left_out ? [note(`${state.changes_left_out} more paths differ; the log has them.`)] : [];
    return [details("files", "Files at the end", String(state.changes.length + state.changes_left_out),
      ...state.notes.map(note), ...state.changes.map(difference), ...more)];
  }

  function log(caption, heads, rows) {
    const head = make("tr", {}, ...heads.map(([name, kind]) => make("th", { scope: "col", class: kind }, name)));
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      make("table", { class: "log" }, make("caption", { class: "hidden-text" }, caption), make("thead", {}, head), make("tbody", {}, ...rows)));
  }
  function logRow(id, cited, cells, hidden = false) {
    return make("tr", { id, tabindex: "-1", class: cited ? "cited" : null, hidden },
      ...cells.map(([value, kind]) => make("td", { class: kind }, ...(Array.isArray(value) ? value : [value]))));
  }

  function events(state) {
    if (!state) return [];
    const inside = [];
    if (!state.events_recorded) inside.push(note("This machine could not record events: that none are here proves nothing."));
    const early = state.events.filter((event) => !event.after && !event.cited);
    const all = early.length === state.events.length;
    const rows = state.events.map((event) => logRow(`event-${event.number}`, event.cited, [
      [String(event.number)], [event.at], [String(event.pid)], [event.kind, "word"],
      [[make("code", {}, event.subject), ...(event.cited ? [" ", tag("evidence")] : [])], "word"],
    ], !all && early.includes(event)));
    if (!all && early.length) {
      const box = make("input", { type: "checkbox", id: "events-all" });
      box.addEventListener("change", () => early.forEach((event) => { rows[state.events.indexOf(event)].hidden = !box.checked; }));
      inside.push(make("label", { class: "switch" }, box, ` also the ${early.length} before the deciding moment`));
    }
    inside.push(rows.length ? log("Events", [["No."], ["Seconds"], ["Pid"], ["Call", "word"], ["What", "word"]], rows) : note("Nothing was recorded."));
    if (state.events_left_out) inside.push(note(`${state.events_left_out} more events are in the log.`));
    if (state.events_dropped) inside.push(note(`${state.events_dropped} events beyond the log’s bound were counted only.`));
    return [details("events", "Event log", String(state.events.length + state.events_left_out), ...inside)];
  }

  function world(state) {
    if (!state || state.world.length === 0) return [];
    const rows = state.world.map((entry) => logRow(`entry-${entry.number}`, entry.cited, [
      [entry.number], [entry.at], [entry.kind, "word"], [[entry.text, ...(entry.cited ? [" ", tag("evidence")] : [])], "word"]]));
    const more = state.world_left_out ? [note(`${state.world_left_out} more entries are in the log.`)] : [];
    return [details("world", "The world’s record", String(state.world.length + state.world_left_out),
      log("The world’s record", [["No."], ["Seconds"], ["What", "word"], ["Entry", "word"]], rows), ...more)];
  }

  /** All parts, in the order of the page; `link` makes a link to a place on it. */
  function all(trial, link) {
    return [...sides(trial, link), ...transcript(trial), ...rulings(trial), ...files(trial.state), ...events(trial.state), ...world(trial.state)];
  }

  return { all };
})();
