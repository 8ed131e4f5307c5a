// What is shown: all, or what is like a text, of one principal, of one service.
const state = { text: "", principal: "", service: "", sort: "first", rows: 100, format: 0 };
const isFiltered = () => Boolean(state.text || state.principal || state.service);
const words = () => state.text.toLowerCase().split(/\s+/).filter(Boolean);
const isLike = (text) => words().every((word) => text.includes(word));
const shownCalls = () =>
  calls.filter(
    (call) =>
      (!state.principal || call.principal === state.principal) && (!state.service || call.service === state.service) && isLike(call.text),
  );
const total = (some) => some.reduce((sum, call) => sum + call.times, 0);
const setFilter = (change) => {
  Object.assign(state, change, { rows: 100 });
  for (const name of ["text", "principal", "service"]) {
    const input = document.getElementById(name);
    if (input && input.value !== state[name]) input.value = state[name];
  }
  draw();
  const shown = total(shownCalls());
  say(isFiltered() ? count(shown, "call") + " shown." : "All calls are shown.");
};
