// Tables and lists.
const part = (id, title, lead, ...children) =>
  h("section", { id, "aria-labelledby": id + "-title" }, h("div", { class: "row" }, h("h2", { id: id + "-title" }, title)), lead && h("p", { class: "lead" }, lead), ...children);

const many = (names) => {
  const shown = names.slice(0, 3).map((name) => h("div", {}, code(name)));
  return names.length > 3 ? [shown, h("div", { class: "when" }, "and " + (names.length - 3) + " more")] : shown;
};

const drawDenials = (place, some) => {
  place.replaceChildren();
  const denied = some.filter((call) => call.how === 2).sort((a, b) => b.times - a.times);
  if (!denied.length) {
    place.append(h("p", { class: "empty" }, isFiltered() ? "None of the calls that are shown was denied." : "AWS denied nothing."));
    return;
  }
  const heads = [th("Operation"), th("On"), th("Who"), th("Answer"), th("Calls", "number"), th("First, UTC")];
  place.append(table("Denied calls", heads, denied.slice(0, 300).map((call) =>
    h("tr", {}, td(code(call.name)), td(many(call.resources), "on"), td(who(call.principal)), td(ended(call)), td(number.format(call.times), "number"), td(moment(call.first).slice(0, 19).replace("T", " "), "time")))));
};

const drawCalls = (place, some) => {
  place.replaceChildren();
  const orders = {
    first: (a, b) => a.first - b.first,
    times: (a, b) => b.times - a.times,
    name: (a, b) => collator.compare(a.name, b.name),
    principal: (a, b) => collator.compare(a.principal, b.principal),
  };
  const sorted = [...some].sort(orders[state.sort]);
  const head = (text, sort, kind) =>
    h("th", { scope: "col", class: kind, "aria-sort": state.sort === sort ? (sort === "times" ? "descending" : "ascending") : null }, h("button", { type: "button", "data-key": "sort" + sort, onclick: () => { state.sort = sort; draw(); } }, text));
  const heads = [head("Who", "principal"), head("Call", "name"), th("On"), th("Answer"), head("Calls", "times", "number"), head("First, UTC", "first"), th("From")];
  if (!sorted.length) {
    place.append(h("p", { class: "empty" }, "No call is like that."));
    return;
  }
  place.append(table("Calls", heads, sorted.slice(0, state.rows).map((call) =>
    h("tr", {}, td(who(call.principal) || "not told"), td([code(call.name), !call.known && [" ", badge("not recognised", "warn")], call.region && h("div", { class: "when" }, call.region)]), td(many(call.resources), "on"), td(ended(call)), td(number.format(call.times), "number"), td(moment(call.first).slice(0, 19).replace("T", " "), "time"), td(call.agent))), "calls"));
  if (sorted.length > state.rows) {
    place.append(h("p", { class: "more" }, h("button", { type: "button", "data-key": "more", onclick: () => { state.rows += 300; draw(); } }, `Show more of ${number.format(sorted.length)} rows`)));
  }
  if (data.facts.beyond) place.append(h("p", { class: "empty" }, `${count(data.facts.beyond, "call")} more are counted but not listed, so that this page stays small.`));
};

const notes = (list) =>
  list.map((note) => h("div", { class: "note" }, h("h3", {}, note.title), h("ul", {}, note.lines.map((line) => h("li", { class: line.startsWith("  ") ? "in" : null }, line.trimStart())))));

const sizes = () => {
  const all = data.sizes;
  const largest = Math.max(...all, 0);
  const rows = data.limits.map(({ name, characters }) => {
    const share = largest / characters;
    const fillOf = sized(h("div", { class: "fill" }), "width", Math.min(100, share * 100).toFixed(1) + "%");
    return h("li", { class: "limit" + (share > 1 ? " over" : "") }, h("span", {}, name), h("div", { class: "track" }, fillOf), h("span", { class: "value" }, `${number.format(largest)} of ${number.format(characters)}`, share > 1 && [" ", badge("too large", "bad")]));
  });
  const lead = all.length > 1 ? `${all.length} documents; the largest has ${number.format(largest)} characters as IAM counts them.` : `${number.format(largest)} characters as IAM counts them, against its limits.`;
  return part("sizes", "Size", lead, h("ul", { class: "limits" }, rows));
};

const nearest = () => {
  const found = data.nearest;
  if (!found || !found.policies.length) return null;
  const levels = ["permissions management", "write", "tagging", "read", "list"];
  const lead = `Of ${number.format(found.compared)} managed policies of AWS's, ${found.allowing ? number.format(found.allowing) + (found.allowing === 1 ? " allows" : " allow") : "none allows"} all that was needed. The nearest, and what they would allow beside:`;
  return part("nearest", "What a managed policy would allow", lead, h("ul", { class: "cards" }, found.policies.map((policy, index) => {
    const bar = h("div", { class: "levels" }, policy.levels.map((n, level) => n > 0 && sized(h("div", { class: "l" + level }), "flexGrow", String(n))));
    return h("li", { class: "card" }, h("h3", {}, policy.name), code(policy.arn),
      h("p", { class: "big" }, count(policy.excess, "action") + " in excess"), policy.excess > 0 && bar,
      h("p", { class: "key" }, policy.levels.map((n, level) => n > 0 && h("span", {}, h("i", { class: "l" + level }), `${number.format(n)} ${levels[level]}`))),
      policy.on_everything > 0 && h("p", {}, `${count(policy.on_everything, "action")} on *, which the calls needed on certain resources.`),
      policy.lacking.length > 0 && details("l" + index, [badge(`lacks ${number.format(found.needs - policy.allowed)} of ${count(found.needs, "need")}`, "warn")], () => h("ul", { class: "names", tabindex: "0" }, policy.lacking.map((it) => h("li", {}, code(it))))),
      policy.actions.length > 0 && details("e" + index, ["The actions in excess"], () => h("ul", { class: "names", tabindex: "0" }, policy.actions.map((it) => h("li", {}, code(it))), policy.excess > policy.actions.length && h("li", {}, `and ${number.format(policy.excess - policy.actions.length)} more`))));
  })));
};

const baseline = () => {
  const checked = data.baseline;
  if (!checked) return null;
  const kinds = { "not-allowed": ["not allowed", "bad"], denied: ["denied", "bad"], "may-be-allowed": ["not decided", "warn"], "may-be-denied": ["not decided", "warn"] };
  const rows = checked.findings.map(([kind, what, why, by]) => h("tr", {}, td(badge(...kinds[kind])), td(code(what), "on"), td(why), td(by)));
  const lines = checked.difference.split("\n").filter((line) => line && !line.startsWith("--- ") && !line.startsWith("+++ "));
  return part("baseline", "Against " + checked.name, `${number.format(checked.needs - checked.findings.length)} of ${count(checked.needs, "need")} are allowed by it.`,
    rows.length > 0 ? table("What it lacks", [th("Verdict"), th("Need"), th("Why"), th("Asked by")], rows) : h("p", {}, badge("fits", "good"), " It allows all that was recorded."),
    h("div", { class: "note" }, h("h3", {}, "What of it nothing used"), checked.unused.length ? h("ul", {}, checked.unused.map(([what, where]) => h("li", {}, code(what), h("span", { class: "when" }, " " + where)))) : h("p", { class: "empty" }, "All of it was used.")),
    checked.kept > 0 && h("p", { class: "empty" }, `${count(checked.kept, "part")} of it cannot have been shown by CloudTrail's events, and so may be in use.`),
    h("div", { class: "note" }, h("h3", {}, "How the new policy differs"), checked.difference ? h("ul", { class: "diff" }, lines.map((line) => h("li", { class: line.startsWith("+ ") ? "add" : line.startsWith("- ") ? "cut" : null }, line))) : h("p", { class: "empty" }, "It was split into several documents, which are not compared.")));
};
