// The policy, statement by statement, with the calls behind each action and each resource.
const because = (line) => {
  const [action, resource, reason, rules, file, operation, narrower, made, times, first, how, agent, page] = line;
  return {
    action, resource, reason: s(reason), rules: rules.map(s), file: s(file), operation: s(operation), narrower: s(narrower), made: s(made),
    times, first: s(first), ended: s(how), agent: s(agent), page: s(page),
  };
};
const authorizationReference = "service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html";

// Resources that are listed of one operation.
const resourceLimit = 12;

const explain = (lines, other, names) => () => {
  const groups = new Map();
  for (const it of lines) {
    const key = JSON.stringify([it.reason, it.rules, it.file, it.made, it.page]);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(it);
  }
  const box = h("div", { class: "why" });
  if (!lines.length) box.append(h("p", {}, "The calls behind this line are not among those that this page lists."));
  for (const some of groups.values()) {
    const [{ reason, rules, file, made, page }] = some;
    const meaning = own(data.reasons, reason);
    box.append(h("p", {}, badge(reason), " ", meaning, meaning && "."));
    if (made) box.append(h("p", { class: "rule" }, made));
    for (const rule of rules) box.append(h("p", { class: "rule" }, "Rule: " + rule + (file ? " (" + file + ")" : "")));
    if (page) box.append(h("p", {}, link(page, "AWS's page on it")));
    const byOperation = new Map();
    for (const it of some) {
      const key = it.operation + "\u0000" + it.agent;
      if (!byOperation.has(key)) byOperation.set(key, []);
      byOperation.get(key).push(it);
    }
    for (const lines of byOperation.values()) {
      const [{ operation, agent }] = lines;
      const earliest = lines.map((it) => it.first).sort()[0].slice(0, 19).replace("T", " ");
      const endings = [...new Set(lines.map((it) => it.ended || "ending not told"))].slice(0, 4).join(", ");
      const times = lines.reduce((sum, it) => sum + it.times, 0);
      const on = [...lines].sort((a, b) => b.times - a.times);
      box.append(
        h("p", {}, code(operation), h("span", { class: "when" }, ` \u00b7 ${count(times, "call")} \u00b7 first ${earliest} \u00b7 ended ${endings}${agent ? " \u00b7 " + agent : ""}`)),
        h("ul", {}, on.slice(0, resourceLimit).map((it) => h("li", {}, code(it.narrower || names[it[other]] || "*"), on.length > 1 && h("span", { class: "when" }, " \u00b7 " + number.format(it.times))))),
      );
      if (on.length > resourceLimit) box.append(h("p", { class: "when" }, `and ${number.format(on.length - resourceLimit)} more`));
    }
  }
  return box;
};

// Lines of a statement that are shown at once.
const lineLimit = 12;

const drawPolicy = (place, some) => {
  place.replaceChildren();
  const names = new Set(some.map((call) => call.name));
  let shown = 0;
  let ordinal = 0;
  data.documents.forEach((statements, document) => {
    if (data.documents.length > 1) place.append(h("h3", { class: "note" }, `Document ${document + 1} of ${data.documents.length}`));
    for (const statement of statements) {
      ordinal += 1;
      const actions = statement.actions.map(s);
      const resources = statement.resources.map(s);
      const conditions = statement.conditions.map(([operator, key, values]) => [s(operator), s(key), values.map(s)]);
      const why = statement.why.map(because);
      if (isFiltered()) {
        const text = [...actions, ...resources, JSON.stringify(conditions), statement.sid ?? ""].join("\n").toLowerCase();
        const isOf = why.some((it) => names.has(it.operation)) && (isLike(text) || why.some((it) => names.has(it.operation) && isLike([it.operation, it.narrower, it.agent].join("\n").toLowerCase())));
        const isText = !state.principal && !state.service && isLike(text);
        if (!isOf && !isText) continue;
      }
      shown += 1;
      const times = (lines) => {
        const sums = new Map();
        for (const it of lines) sums.set(it.operation, Math.max(sums.get(it.operation) ?? 0, it.times));
        const all = lines.reduce((sum, it) => sum + it.times, 0);
        return all ? count(all, "call") : "";
      };
      const lineOf = (text, lines, other, others, key) =>
        details(key, [code(text), h("span", { class: "count" }, times(lines))], explain(lines, other, others));
      const list = (all, which, other, others) => {
        const of = (index) => why.filter((it) => it[which] === index);
        const rows = all.slice(0, lineLimit).map((text, index) => lineOf(text, of(index), other, others, `p${ordinal}${which}${index}`));
        if (all.length > lineLimit) rows.push(details(`p${ordinal}${which}more`, [`${number.format(all.length - lineLimit)} more`], () => h("div", {}, all.slice(lineLimit).map((text, index) => lineOf(text, of(index + lineLimit), other, others, `p${ordinal}${which}${index + lineLimit}`)))));
        return rows;
      };
      place.append(
        h("article", { class: "statement", "aria-label": "Statement " + ordinal },
          h("div", { class: "top" }, h("h3", {}, statement.sid || "Statement " + ordinal), badge(statement.effect, statement.effect === "Allow" ? "good" : "bad"),
            h("span", { class: "count" }, `${count(actions.length, "action")} on ${count(resources.length, "resource")}`)),
          h("div", { class: "halves" },
            h("div", { class: "half" }, h("h4", {}, "Actions"), list(actions, "action", "resource", resources)),
            h("div", { class: "half" }, h("h4", {}, "Resources"), list(resources, "resource", "action", resources.length === 1 ? [resources[0]] : resources))),
          conditions.length > 0 && h("div", { class: "conditions" }, conditions.map(([operator, key, values]) =>
            h("p", {}, "only if ", code(operator), " ", code(key), " is ", values.map((value, index) => [index > 0 && " or ", code(value)]))))),
      );
    }
  });
  if (!shown) place.append(h("p", { class: "empty" }, ordinal ? "No statement is like that." : "The policy is empty: no call needed a permission."));
};

const drawText = () => {
  const [, ending, text] = data.formats[state.format] ?? data.formats[0];
  const place = document.getElementById("text-of-policy");
  if (place) place.textContent = text;
  return { ending, text };
};
