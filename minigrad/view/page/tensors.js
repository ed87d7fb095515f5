// Numbers as text, and tensors as heat maps.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// The fewest digits that give the same number again in its dtype: as Python writes them.
function digits(x, dtype) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  let short = x;
  for (let n = 1; dtype === "float32" && n < 10; n++) {
    short = Number(x.toPrecision(n));
    if (Math.fround(short) === Math.fround(x)) break;
  }
  const text = Object.is(short, -0) ? "-0" : String(short);
  return /[.e]/.test(text) ? text : text + ".0";
}
const brief = (x) => digits(Number.isFinite(x) ? Number(x.toPrecision(4)) : x);

// Blue below 0, orange above, the stronger the further away; where there is no room for a number, a minus says
// which is which.
function heat(array) {
  if (array.number !== undefined) return make("output", {}, array.number);
  const bound = Math.max(Math.abs(array.low ?? 0), Math.abs(array.high ?? 0)) || 1;
  const grid = make("div", { class: array.written ? "heat numbers" : "heat", role: "img", "aria-label": array.words,
    style: `--columns: ${array.patch[0]?.length ?? 0}` });
  for (const x of array.patch.flat()) {
    const value = Number(x), finite = typeof x === "number";
    const cell = make("span", { title: x, class: finite ? (value < 0 ? "minus" : "plus") : "odd" });
    if (finite) cell.style.setProperty("--share", `${Math.round(100 * Math.min(1, Math.abs(value) / bound))}%`);
    cell.textContent = array.written || !finite ? String(x).replace("-", "−") : value < 0 ? "−" : "";
    grid.append(cell);
  }
  return grid;
}

// A tensor with its name; `value` is a number that the page has computed in its place.
function figure(operand, array, value, dtype) {
  const name = make("figcaption", {}, make("b", {}, operand.label), " ", make("span", {}, array ? array.kind : ""));
  if (value !== undefined) return make("figure", {}, name, make("output", { class: "changed" }, digits(value, dtype)));
  if (!array) return make("figure", {}, name, make("output", {}, operand.number ?? "no value"));
  return make("figure", {}, name, heat(array), array.range ? make("p", {}, array.range) : null);
}
