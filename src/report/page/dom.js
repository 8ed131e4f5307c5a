// Elements are made one by one, and what others chose becomes text or the value of an attribute that nothing runs.
const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(3)) {
    if (child !== undefined && child !== null && child !== false) element.append(child);
  }
  return element;
};
const h = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const g = (name, attributes, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
const code = (text) => h("code", {}, text);
const sized = (element, property, value) => {
  element.style[property] = value;
  return element;
};
// Only AWS's documentation is linked to.
const link = (address, text) => h("a", { href: "https://docs.aws.amazon.com/" + address, rel: "noreferrer", target: "_blank" }, text);
// What can be wider or higher than its place can be scrolled with the keyboard, too.
const scroll = (label, ...children) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, ...children);

const say = (text) => {
  document.getElementById("status").textContent = text;
};
const copy = async (text, what) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Where there is no clipboard to ask, such as on a page from a server without TLS.
    const area = h("textarea", { class: "hidden", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(what + " copied.");
};
const save = (text, name, type) => {
  const address = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
};
const table = (label, heads, rows, kind) =>
  scroll(
    label,
    h(
      "table",
      { class: kind },
      h("caption", { class: "hidden" }, label),
      h("thead", {}, h("tr", {}, heads)),
      h("tbody", {}, rows),
    ),
  );
const th = (text, kind) => h("th", { scope: "col", class: kind }, text);
const td = (content, kind) => h("td", { class: kind }, content);
const badge = (text, kind) => h("span", { class: "badge " + (kind ?? "") }, text);
const ended = (call) => {
  if (!call.ended) return h("span", { class: "when" }, "not told");
  return badge(call.ended, ["good", "warn", "bad"][call.how]);
};
const details = (key, summary, body, kind) => {
  // What is not open is drawn when it is opened.
  const element = h("details", { class: kind, "data-key": key }, h("summary", { "data-key": "s" + key }, summary));
  let drawn = false;
  const draw = () => {
    if (drawn) return;
    drawn = true;
    element.append(body());
  };
  element.addEventListener("toggle", () => element.open && draw());
  element.draw = draw;
  return element;
};
