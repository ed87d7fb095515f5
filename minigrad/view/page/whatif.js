// What if: the inputs of the recorded run as fields, and what the page computes from other ones.

function whatIfOf(what, panel, changed) {
  const whatIf = { replayed: null, toggle, reset, get open() { return !panel.hidden; } };
  const fields = what ? what.inputs.map(field) : [];
  panel.querySelector(".reset").before(...fields.map((number) => number.parentElement));
  return whatIf;

  function field({ key, label, value }) {
    const bound = Math.max(1, 2 * Math.abs(value)) || 1;
    const number = make("input", { type: "number", step: "any", value, "data-key": key, "data-recorded": value, "aria-label": label });
    const slide = make("input", { type: "range", min: -bound, max: bound, step: bound / 100, value, "aria-label": `${label}, slider` });
    slide.addEventListener("input", () => { number.value = slide.value; recompute(); });
    number.addEventListener("input", () => { slide.value = number.value; recompute(); });
    make("label", {}, make("b", {}, label), number, slide);
    return number;
  }
  function recompute() {
    const inputs = Object.fromEntries(fields.map((f) => [f.dataset.key, f.value === "" ? NaN : Number(f.value)]));
    whatIf.replayed = fields.some((f) => f.value !== f.dataset.recorded) ? replay(what.program, inputs) : null;
    changed();
  }
  function reset() {
    for (const f of fields) f.value = f.nextElementSibling.value = f.dataset.recorded;
    recompute();
  }
  function toggle() {
    panel.hidden = !panel.hidden;
    reset();
    if (whatIf.open) fields[0]?.focus();
  }
}
