// The page as a whole.
const root = document.documentElement;
const store = (theme) => {
  try {
    if (theme) localStorage.setItem("leastwise-theme", theme);
    return localStorage.getItem("leastwise-theme");
  } catch {
    return null;
  }
};
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
const remembered = store();
if (remembered === "dark" || remembered === "light") root.dataset.theme = remembered;

const theme = () => {
  const button = h("button", { type: "button", id: "theme", onclick: () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    store(root.dataset.theme);
    name();
  } });
  const name = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
  };
  name();
  return button;
};

const saved = () => {
  const copyOf = pristine.cloneNode(true);
  copyOf.querySelector("#data").textContent = JSON.stringify({ ...data, made: { ...data.made, live: false } }).replaceAll("\u003c", "\\u003c");
  const [head] = copyOf.querySelector("noscript").textContent.split("\u003cpre>");
  const plain = data.formats[0][2].replaceAll("&", "&amp;").replaceAll("\u003c", "&lt;");
  copyOf.querySelector("noscript").textContent = head + "\u003cpre>" + plain + "\u003c/pre>\n\u003c/main>\n";
  const policy = copyOf.querySelector("meta[http-equiv]");
  policy.setAttribute("content", policy.getAttribute("content").replace("connect-src 'self'", "connect-src 'none'"));
  save("\u003c!doctype html>\n" + copyOf.outerHTML, "report.html", "text/html");
};

const top = () => {
  const facts = data.facts;
  const { first, last } = data.time;
  const fact = (name, value, kind, small) => h("div", { class: "fact " + (kind ?? "") }, h("dt", {}, name), h("dd", {}, number.format(value), small && h("small", {}, " " + small)));
  const size = Math.max(...data.sizes, 0);
  const managed = data.limits.find((it) => it.name === "a managed policy");
  const when = calls.length > 0 && ` ${day(first)}, ${clock(first)} to ${day(first) === day(last) ? "" : day(last) + ", "}${clock(last)} UTC.`;
  const one = principals.length === 1 ? who(principals[0]) : "";
  const title = `${count(facts.calls, "call")} need ${count(facts.actions, "action")}`.replace(/^(1 call) need/, "$1 needs");
  return h("header", {},
    h("div", { class: "brand" },
      g("svg", { class: "mark", viewBox: "0 0 24 24", "aria-hidden": "true" }, g("path", { d: "M4 4v16h16", fill: "none", stroke: "currentColor", "stroke-width": "3", "stroke-linecap": "round", "stroke-linejoin": "round" }), g("circle", { cx: "14", cy: "10", r: "4", class: "bar" })),
      h("b", {}, "Leastwise"), h("span", {}, data.made.live ? "live" : "report"), h("span", { id: "live" }),
      h("div", { class: "push" }, theme(), data.made.live || root.dataset.live ? h("button", { type: "button", id: "save", onclick: saved }, "Save as a report") : h("button", { type: "button", onclick: () => print() }, "Print"))),
    h("h1", {}, title),
    h("p", { class: "sub" }, one && `By ${one}.`, when, data.made.from.length > 0 && ` From ${data.made.from.slice(0, 4).join(", ")}${data.made.from.length > 4 ? ` and ${data.made.from.length - 4} more` : ""}.`, data.made.principals.length > 0 && ` Only calls of ${data.made.principals.join(" and ")}.`),
    h("dl", { class: "facts" },
      fact("Statements", facts.statements), fact("Operations", facts.operations), fact("Services", services.length), fact("Principals", principals.length),
      fact("Denied", facts.denied, facts.denied ? "bad" : ""), fact("Failed otherwise", facts.failed), fact("Characters", size, managed && size > managed.characters ? "bad" : "", managed && `of ${number.format(managed.characters)}`)));
};

const tools = () => {
  const choose = (id, label, all, names) =>
    [h("label", { class: "hidden", for: id }, label), h("select", { id, "data-key": id, onchange: (event) => setFilter({ [id]: event.target.value }) }, h("option", { value: "" }, all), names.slice(0, 500).map((name) => h("option", { value: name, selected: state[id] === name }, who(name) || "not told")))];
  let waiting;
  const search = h("input", { type: "search", id: "text", "data-key": "text", placeholder: "Search calls, actions, resources ( / )", autocomplete: "off", spellcheck: "false", oninput: () => {
    clearTimeout(waiting);
    // When the time is up, news may have put another box in this one's place, with more typed into it.
    waiting = setTimeout(() => setFilter({ text: document.getElementById("text").value }), 120);
  } });
  search.value = state.text;
  return h("div", { class: "tools", role: "search" },
    h("label", { class: "hidden", for: "text" }, "Search calls, actions and resources"), search,
    choose("principal", "Principal", "All principals", principals), choose("service", "Service", "All services", services),
    h("button", { type: "button", id: "all", onclick: () => setFilter({ text: "", principal: "", service: "" }) }, "Show all"), h("span", { class: "shown", id: "shown" }));
};

const policy = () => {
  const picker = h("select", { id: "format", "data-key": "format", onchange: (event) => { state.format = Number(event.target.value); drawText(); } }, data.formats.map(([name], index) => h("option", { value: String(index), selected: state.format === index }, name)));
  const name = () => (data.formats[state.format] ?? data.formats[0])[0];
  const section = part("policy", "The policy", null,
    h("p", { class: "lead" }, "Open an action or a resource to see the calls behind it, and why they need it. ", link(authorizationReference, "AWS's reference of actions and resources"), "."),
    h("div", { id: "statements" }),
    details("text", ["The policy as text"], () => h("div", {}, h("pre", { id: "text-of-policy", tabindex: "0", role: "region", "aria-label": "The policy as text" }, drawText().text)), "text"));
  section.firstChild.append(h("div", { class: "row copies" }, h("label", { class: "hidden", for: "format" }, "Format"), picker,
    h("button", { type: "button", class: "main", id: "copy", onclick: () => copy(drawText().text, "The policy (" + name() + ")") }, "Copy"),
    h("button", { type: "button", id: "save-policy", onclick: () => { const { text, ending } = drawText(); save(text, "policy." + ending, "text/plain"); } }, "Save")));
  return section;
};

const build = () => {
  const some = [
    ["Who did what", part("graph", "Who did what to what", "Thicker lines are more calls; red ones were denied at least in part. Choose a principal, a service or a resource to see only what concerns it.", scroll("The picture", h("div", { id: "graph-of" })))],
    ["Time line", part("time", "When", null, scroll("Calls by time", h("div", { id: "time-of" })))],
    ["Policy", policy()],
    ["Denials", part("denials", "What AWS denied", null, h("div", { id: "denials-of" }))],
    data.generalized.length > 0 && ["Generalised", part("generalized", "What was generalised, and why", "A policy is used by the next run, whose resources have other names. What stands in it for those of these calls:", notes(data.generalized))],
    ["Size", sizes()],
    ["Managed policies", nearest()],
    ["Baseline", baseline()],
    ["Calls", part("calls", "All calls", null, h("div", { id: "calls-of" }))],
    ["Not in it", part("missing", "What is not in it", null, data.missing.length > 0 ? notes(data.missing) : h("p", { class: "empty" }, "Nothing was left out of what was recorded."), h("p", { class: "note" }, "Calls that were not recorded are not in it either: what a later run does beside, what AWS's services do among themselves, and what a program does where nothing listened."))],
  ].filter((it) => it && it[1]);
  const links = h("nav", { "aria-label": "Sections" }, h("ul", {}, some.map(([name, section]) => h("li", {}, h("a", { href: "#" + section.id }, name)))));
  const made = data.made;
  document.getElementById("page").replaceChildren(
    top(), tools(), links,
    h("main", { id: "main", tabindex: "-1" }, some.map((it) => it[1])),
    h("footer", {}, h("p", {}, `Made by ${made.by} at ${made.at.slice(0, 19).replace("T", " ")} UTC${made.from.length ? " from " + made.from.join(", ") : ""}.`), h("p", {}, "This page holds names of principals and resources. It asks nothing of the network, and runs nothing but what it came with.")));
  document.title = `Leastwise report: ${count(data.facts.calls, "call")}, ${count(data.facts.actions, "action")}`;
};

const draw = () => {
  const open = new Set([...document.querySelectorAll("details[open]")].map((it) => it.dataset.key));
  const focused = document.activeElement?.dataset?.key;
  const some = shownCalls();
  drawGraph(document.getElementById("graph-of"), some);
  drawTime(document.getElementById("time-of"), some);
  drawPolicy(document.getElementById("statements"), some);
  drawDenials(document.getElementById("denials-of"), some);
  drawCalls(document.getElementById("calls-of"), some);
  document.getElementById("shown").textContent = isFiltered() ? `${number.format(total(some))} of ${count(data.facts.calls, "call")}` : count(data.facts.calls, "call");
  // What was open stays so, and what had the keyboard keeps it.
  for (const it of document.querySelectorAll("details")) {
    if (open.has(it.dataset.key) && !it.open) {
      it.draw();
      it.open = true;
    }
  }
  if (focused) [...document.querySelectorAll("[data-key]")].find((it) => it.dataset.key === focused)?.focus({ preventScroll: true });
};
const drawAll = () => {
  // What is being typed is not lost to what is new.
  const typed = document.getElementById("text");
  const caret = typed && [typed.selectionStart, typed.selectionEnd];
  if (typed) state.text = typed.value;
  const open = [...document.querySelectorAll("details[open]")].map((it) => it.dataset.key);
  const focused = document.activeElement?.dataset?.key;
  build();
  draw();
  for (const it of document.querySelectorAll("details")) {
    if (open.includes(it.dataset.key)) {
      it.draw();
      it.open = true;
    }
  }
  if (focused) [...document.querySelectorAll("[data-key]")].find((it) => it.dataset.key === focused)?.focus({ preventScroll: true });
  const typing = document.getElementById("text");
  if (caret && focused === "text") typing.setSelectionRange(...caret);
};

drawAll();

// A run that goes on tells what is new; when it has ended, the page keeps what it has.
if (data.made.live && location.protocol !== "file:") {
  root.dataset.live = "yes";
  let latest = "";
  let told = ["", false];
  const show = () => document.getElementById("live").replaceChildren(h("span", { class: "live" + (told[1] ? " over" : "") }, h("i", { "aria-hidden": "true" }), told[0]));
  const tell = (text, over) => {
    if (told[0] !== text) say(text + ".");
    told = [text, over];
    show();
  };
  const draw = () => {
    if (!latest || document.hidden) return;
    load(latest);
    latest = "";
    drawAll();
    show();
  };
  const source = new EventSource("events");
  let shown = "";
  const take = (event) => {
    if (event.data === shown) return;
    shown = latest = event.data;
    draw();
  };
  source.addEventListener("message", (event) => {
    take(event);
    tell("calls are heard", false);
  });
  source.addEventListener("over", (event) => {
    source.close();
    take(event);
    tell("the run has ended; this page keeps what it has", true);
  });
  source.addEventListener("error", () => tell("leastwise cannot be reached; this page keeps what it has", true));
  document.addEventListener("visibilitychange", draw);
  tell("waiting for calls", false);
}

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  const some = shownCalls();
  drawGraph(document.getElementById("graph-of"), some);
  drawTime(document.getElementById("time-of"), some);
});
addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "")) {
    event.preventDefault();
    document.getElementById("text").focus();
  } else if (event.key === "Escape" && isFiltered()) {
    setFilter({ text: "", principal: "", service: "" });
  }
});
// On paper nothing can be opened.
const opened = [];
addEventListener("beforeprint", () => {
  const all = [...document.querySelectorAll("#policy details:not([open]), #nearest details:not([open])")];
  if (all.length > 150) return;
  for (const it of all) {
    it.draw();
    it.open = true;
    opened.push(it);
  }
});
addEventListener("afterprint", () => opened.splice(0).forEach((it) => (it.open = false)));
