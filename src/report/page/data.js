// What the page is drawn from: the JSON in it, or what the server tells of a run that goes on.
const island = document.getElementById("data");
// As it came, for a copy that is saved.
const pristine = document.documentElement.cloneNode(true);
let data, strings, calls, principals, services;

const collator = new Intl.Collator("en");
const number = new Intl.NumberFormat("en-US");
const count = (n, noun) => number.format(n) + " " + noun + (n === 1 ? "" : "s");
const s = (index) => strings[index] ?? "";
const own = (object, key) => (Object.hasOwn(object, key) ? object[key] : "");

const moment = (milliseconds) => {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
};
const clock = (milliseconds) => moment(milliseconds).slice(11, 19);
const day = (milliseconds) => moment(milliseconds).slice(0, 10);

// Who it is, without what all ARNs begin with.
const who = (name) => {
  const found = /^arn:[^:]*:(?:iam|sts)::([0-9]*):(.+)$/.exec(name);
  return found ? found[2] : name;
};

const load = (text) => {
  data = JSON.parse(text);
  strings = data.strings;
  calls = data.calls.map((line) => {
    const [principal, service, operation, region, resources, ended, how, times, first, last, agent, known, when] = line;
    const call = {
      principal: s(principal), service: s(service), operation: s(operation), region: s(region), resources: resources.map(s),
      ended: s(ended), how, times, first: data.time.first + first, last: data.time.first + last, agent: s(agent), known, when,
    };
    call.name = call.service + "." + call.operation;
    call.text = [call.principal, call.name, call.region, call.ended, call.agent, ...call.resources].join("\n").toLowerCase();
    return call;
  });
  const names = (of) => {
    const sums = new Map();
    for (const call of calls) sums.set(of(call), (sums.get(of(call)) ?? 0) + call.times);
    return [...sums].sort((a, b) => b[1] - a[1] || collator.compare(a[0], b[0])).map(([name]) => name);
  };
  principals = names((call) => call.principal);
  services = names((call) => call.service);
};
load(island.textContent);
