// Who did what to what: principals, services, resources, and how many calls went from one to the next.
const most = { principals: 12, services: 14, resources: 26 };

// A resource as steps, each of which stands for more than the one before: itself, its folder, its kind, its service.
const steps = (arn) => {
  const found = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(.*)$/.exec(arn);
  if (!found) return [arn];
  const parts = found[1].split(/(?<=[:/])/);
  const all = [found[1]];
  for (const keep of [3, 2, 1]) if (parts.length > keep) all.push(parts.slice(0, keep).join("") + "*");
  return all;
};
const stepAt = (all, level) => (level >= 4 ? "" : all[Math.min(level, all.length - 1)]);

const resourceNodes = (some) => {
  // Services whose resources are many are drawn by folders, then kinds, then as one.
  const of = new Map();
  for (const call of some) {
    const list = of.get(call.graphService) ?? new Map();
    of.set(call.graphService, list);
    const resources = call.resources.length ? call.resources : [""];
    for (const resource of resources) {
      const entry = list.get(resource) ?? { steps: resource ? steps(resource) : [""] };
      list.set(resource, entry);
    }
  }
  const levels = new Map([...of.keys()].map((service) => [service, 0]));
  const groups = (service) => {
    const level = levels.get(service);
    return new Set([...of.get(service).values()].map((it) => stepAt(it.steps, level))).size;
  };
  for (;;) {
    const sizes = [...of.keys()].map((service) => [service, groups(service)]);
    if (sizes.reduce((sum, it) => sum + it[1], 0) <= most.resources) break;
    const open = sizes.filter(([service, size]) => size > 1 && levels.get(service) < 4).sort((a, b) => b[1] - a[1]);
    if (!open.length) break;
    levels.set(open[0][0], levels.get(open[0][0]) + 1);
  }
  return (service, resource) => {
    const entry = of.get(service).get(resource);
    return stepAt(entry.steps, levels.get(service));
  };
};

const cut = (text, width, each) => {
  const room = Math.max(6, Math.floor(width / each));
  const letters = [...text];
  if (letters.length <= room) return text;
  const head = Math.ceil((room - 1) * 0.45);
  return letters.slice(0, head).join("") + "\u2026" + letters.slice(letters.length - (room - 1 - head)).join("");
};

const drawGraph = (place, some) => {
  place.replaceChildren();
  if (!some.length) {
    place.append(h("p", { class: "empty" }, "No call is like that."));
    return;
  }
  const top = (of, limit) => {
    const sums = new Map();
    for (const call of some) sums.set(of(call), (sums.get(of(call)) ?? 0) + call.times);
    const sorted = [...sums].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    return new Set(sorted.length > limit ? sorted.slice(0, limit - 1) : sorted);
  };
  const topPrincipals = top((call) => call.principal, most.principals);
  const topServices = top((call) => call.service, most.services);
  for (const call of some) {
    call.graphPrincipal = topPrincipals.has(call.principal) ? call.principal : null;
    call.graphService = topServices.has(call.service) ? call.service : null;
  }
  const group = resourceNodes(some);
  const columns = [new Map(), new Map(), new Map()];
  const flows = new Map();
  const node = (column, key, make) => {
    let found = columns[column].get(key);
    if (!found) {
      found = { column, key, times: 0, bad: 0, members: new Set(), ...make() };
      columns[column].set(key, found);
    }
    return found;
  };
  const flow = (from, to, times, bad) => {
    const key = from.column + "\u0000" + from.key + "\u0000" + to.key;
    const found = flows.get(key) ?? { from, to, times: 0, bad: 0 };
    flows.set(key, found);
    found.times += times;
    found.bad += bad;
  };
  for (const call of some) {
    const bad = call.how === 2 ? call.times : 0;
    const principal = node(0, String(call.graphPrincipal), () => ({ principal: call.graphPrincipal }));
    const service = node(1, String(call.graphService), () => ({ service: call.graphService }));
    principal.members.add(call.principal);
    service.members.add(call.service);
    const ends = new Map();
    for (const resource of call.resources.length ? call.resources : [""]) {
      const name = group(call.graphService, resource);
      const key = call.graphService + "\u0000" + (resource ? name : "\u0000none");
      if (!ends.has(key)) ends.set(key, { name, resource, all: [] });
      ends.get(key).all.push(resource);
    }
    for (const it of [principal, service]) {
      it.times += call.times;
      it.bad += bad;
    }
    flow(principal, service, call.times, bad);
    for (const [key, end] of ends) {
      const target = node(2, key, () => ({ resource: end.resource ? end.name : null, of: call.graphService }));
      end.all.forEach((it) => target.members.add(it));
      target.times += call.times;
      target.bad += bad;
      flow(service, target, call.times, bad);
    }
  }
  const label = (it) => {
    if (it.column === 0) return it.principal === null ? count(it.members.size, "other principal") : who(it.principal) || "not told";
    if (it.column === 1) return it.service === null ? count(it.members.size, "other service") : it.service;
    if (it.resource === null) return "no permission needed";
    if (it.resource === "" || it.resource === "*") return it.members.size > 1 ? count(it.members.size, "resource") : "any (*)";
    return it.resource;
  };
  // In the order of services, the resources of each lie beside it.
  const serviceOrder = [...columns[1].values()].sort((a, b) => b.times - a.times);
  const place1 = new Map(serviceOrder.map((it, index) => [it.service, index]));
  const lists = [
    [...columns[0].values()].sort((a, b) => b.times - a.times),
    serviceOrder,
    [...columns[2].values()].sort((a, b) => place1.get(a.of) - place1.get(b.of) || b.times - a.times),
  ];
  const width = Math.max(620, place.clientWidth || 1100);
  const line = 25;
  const rows = Math.max(...lists.map((list) => list.length));
  const height = Math.max(150, rows * line + 34);
  // Columns are as wide as what is in them, within bounds.
  const longest = lists.map((list) => Math.max(...list.map((it) => [...label(it)].length)));
  const x0 = Math.round(Math.min(width * 0.3, Math.max(100, longest[0] * 7 + 16)));
  const x2 = Math.round(Math.max(width * 0.5, Math.min(width * 0.64, width - longest[2] * 7 - 110)));
  const x1 = Math.round(x0 + (x2 - x0) * 0.45);
  const x = [x0, x1, x2];
  const textRoom = [x0 - 12, Math.round((x2 - x1) * 0.55), width - x2 - 92];
  const largest = Math.max(...[...flows.values()].map((it) => it.times));
  const thick = (times) => 1.2 + 9 * Math.sqrt(times / largest);
  lists.forEach((list, column) => {
    const free = height - 34;
    list.forEach((it, index) => {
      it.y = 30 + (free * (index + 0.5)) / list.length;
      it.x = x[column];
    });
  });
  const curve = (from, to) => {
    // The name of a service stands between it and where its flows begin.
    const start = from.x + (from.column === 1 ? 18 + cut(label(from), textRoom[1], 6.9).length * 6.9 : 6);
    const middle = (start + to.x) / 2;
    return `M${start},${from.y.toFixed(1)}C${middle},${from.y.toFixed(1)} ${middle},${to.y.toFixed(1)} ${to.x},${to.y.toFixed(1)}`;
  };
  const lines = [...flows.values()].sort((a, b) => a.bad - b.bad || b.times - a.times);
  const picture = g("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Principals, the services that they called, and the resources that the calls were on" });
  for (const it of lines) {
    it.path = g("path", { class: "flow" + (it.bad ? " bad" : ""), d: curve(it.from, it.to), "stroke-width": thick(it.times).toFixed(1) });
    picture.append(it.path);
  }
  const heads = ["PRINCIPALS", "SERVICES", "RESOURCES"];
  heads.forEach((text, column) => {
    const at = [x[0] + 6, x[1] + 3, x[2] + 12][column];
    picture.append(g("text", { class: "head", x: at, y: 14, "text-anchor": ["end", "middle", "start"][column] }, text));
  });
  const light = (it) => {
    const near = new Set([it]);
    for (const line of lines) {
      const on = line.from === it || line.to === it || (it.column === 0 && near.has(line.from)) || (it.column === 2 && near.has(line.to));
      line.path.classList.toggle("on", on);
    }
    picture.classList.add("fade");
  };
  for (const it of lists.flat()) {
    const text = label(it);
    const all = it.column === 2 && it.resource !== null && it.members.size > 1;
    // What is shown of one resource alone may lack the beginning of its ARN.
    const whole = it.column === 2 && it.resource !== null && it.members.size === 1 ? [...it.members][0] || text : text;
    const told = `${whole}: ${count(it.times, "call")}${all ? " on " + count(it.members.size, "resource") : ""}${it.bad ? ", " + number.format(it.bad) + " denied" : ""}`;
    const choose = () => {
      if (it.column === 0 && it.principal !== null) setFilter({ principal: state.principal === it.principal ? "" : it.principal });
      else if (it.column === 1 && it.service !== null) setFilter({ service: state.service === it.service ? "" : it.service });
      else if (it.column === 2 && it.resource) setFilter({ text: it.resource.replace(/\*$/, "") });
    };
    const size = Math.max(8, Math.min(19, thick(it.times) * 1.7));
    const anchor = it.column === 0 ? "end" : "start";
    const textX = it.column === 0 ? it.x - 8 : it.x + 12;
    const each = it.column === 2 ? 7 : 6.9;
    const shown = cut(text, textRoom[it.column], each);
    const parts = [
      g("title", {}, told),
      g("rect", { class: "hit", x: it.column === 0 ? 0 : it.x - 4, y: it.y - 12, width: it.column === 0 ? it.x + 8 : it.column === 1 ? textRoom[1] : width - it.x, height: 24 }),
      g("rect", { class: "block", x: it.x, y: it.y - size / 2, width: 6, height: size, rx: 2 }),
    ];
    parts.push(g("text", { x: textX, y: it.y + 4, "text-anchor": anchor, class: it.column === 2 ? "code" : null, "aria-hidden": "true" }, shown));
    const element = g("g", { class: "node" + (it.bad ? " part" : ""), tabindex: "0", role: "button", "aria-label": told.includes(shown) ? told : shown + ": " + told, "data-key": "n" + it.column + it.key, onclick: choose, onkeydown: (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose();
      }
    } }, parts);
    element.addEventListener("mouseenter", () => light(it));
    element.addEventListener("focus", () => light(it));
    for (const name of ["mouseleave", "blur"]) element.addEventListener(name, () => picture.classList.remove("fade"));
    picture.append(element);
    if (it.column === 2) picture.append(g("text", { x: width - 2, y: it.y + 4, "text-anchor": "end", class: "note", "aria-hidden": "true" }, (all ? "\u00d7" + number.format(it.members.size) + "  \u00b7  " : "") + number.format(it.times)));
  }
  place.append(picture);
};
