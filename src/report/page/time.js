// When calls were made.
const drawTime = (place, some) => {
  place.replaceChildren();
  const { width: each, start, columns, first, last } = data.time;
  if (!some.length || !columns) {
    place.append(h("p", { class: "empty" }, "No call is like that."));
    return;
  }
  const sums = Array.from({ length: columns }, () => [0, 0, 0]);
  for (const call of some) {
    for (let index = 0; index < call.when.length; index += 2) {
      const column = sums[call.when[index]];
      if (column) column[call.how] += call.when[index + 1];
    }
  }
  const highest = Math.max(1, ...sums.map((it) => it[0] + it[1] + it[2]));
  const width = Math.max(480, place.clientWidth || 1100);
  const height = 120;
  const left = 8 + number.format(highest).length * 7;
  const room = width - left - 4;
  const step = Math.min(room / columns, 36);
  const y = (n) => (n / highest) * (height - 30);
  const told = `${count(total(some), "call")} from ${day(first)} ${clock(first)} to ${day(last) === day(first) ? "" : day(last) + " "}${clock(last)} UTC`;
  const picture = g("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Calls by time: " + told });
  picture.append(
    g("line", { class: "axis", x1: left, x2: width, y1: height - 20, y2: height - 20 }),
    g("line", { class: "axis", x1: left, x2: width, y1: 10, y2: 10, "stroke-dasharray": "2 4" }),
    g("text", { class: "note", x: left - 6, y: 14, "text-anchor": "end" }, number.format(highest)),
    g("text", { class: "note", x: left - 6, y: height - 17, "text-anchor": "end" }, "0"),
  );
  sums.forEach((sum, index) => {
    let base = height - 20;
    const when = (start + index) * each;
    sum.forEach((n, how) => {
      if (!n) return;
      const high = Math.max(1.5, y(n));
      base -= high;
      picture.append(
        g("rect", { class: "bar " + ["", "failed", "denied"][how], x: (left + index * step).toFixed(1), y: base.toFixed(1), width: Math.max(1.5, step - 1).toFixed(1), height: high.toFixed(1) },
          g("title", {}, `${moment(when).slice(0, 19).replace("T", " ")} UTC: ${count(n, "call")} ${["", "failed", "denied"][how]}`)),
      );
    });
  });
  const end = left + step * columns;
  picture.append(
    g("text", { class: "note", x: left, y: height - 5 }, clock(first)),
    columns > 8 && g("text", { class: "note", x: (left + end) / 2, y: height - 5, "text-anchor": "middle" }, clock((first + last) / 2)),
    columns > 3 && g("text", { class: "note", x: end, y: height - 5, "text-anchor": "end" }, clock(last) + " UTC"),
  );
  place.append(picture);
  place.append(
    h("p", { class: "legend" },
      h("span", {}, h("i"), "succeeded"), h("span", {}, h("i", { class: "failed" }), "failed"), h("span", {}, h("i", { class: "denied" }), "denied"),
      h("span", {}, told, data.time.spread && ". Where only the first and the last call of many are known, they are spread evenly.")),
  );
};
