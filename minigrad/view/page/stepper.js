// The stepper: everything on the page is drawn from the data that Python put into it and from the number
// of the step, so to go back is as easy as to go forward.

"use strict";

const root = document.querySelector(".stepper");
const $ = (name) => root.querySelector("." + name);
const packed = atob($("data").textContent.trim());
const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json().then(stepper);

function stepper(page) {
  const steps = page.steps, last = steps.length - 1;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const stops = new Set(), solved = new Set();
  let at = 0, quizzing = false, playing = null, replayed = null;

  // ---- small tools ----

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }
  const put = (name, ...children) => {
    $(name).replaceChildren(...children.filter(Boolean));
    $(name).hidden = !$(name).hasChildNodes();
  };
  // Python wrote the markup of pictures and formulas, and escaped what is the user's.
  const written = (markup, attributes = {}) => {
    const element = make("div", attributes);
    element.innerHTML = markup;
    return element;
  };
  const digits = (x) => {
    const text = Number.isFinite(x) ? String(page.what_if?.program.dtype === "float32" ? shortest(x) : x) : "";
    return text ? (/[.e]/.test(text) ? text : text + ".0") : Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  };
  // The fewest digits that give the same float32 again.
  const shortest = (x) => {
    for (let n = 1; n < 10; n++) if (Math.fround(x.toPrecision(n)) === x) return Number(x.toPrecision(n));
    return x;
  };
  const brief = (x) => digits(Number.isFinite(x) ? Number(x.toPrecision(4)) : x);
  const asked = () => quizzing && steps[at].quiz && !solved.has(at);

  // ---- moving ----

  function go(to) {
    at = Math.max(0, Math.min(last, to));
    render();
  }
  function play() {
    if (playing) return pause();
    if (at === last) go(0);
    playing = setInterval(() => {
      if (asked() || at === last) return pause();
      go(at + 1);
      if (stops.has(steps[at].key) || at === last || asked()) pause();
    }, 1200);
    render();
  }
  function pause() {
    clearInterval(playing);
    playing = null;
    render();
  }
  function run() {
    const next = steps.findIndex((step, i) => i > at && stops.has(step.key));
    say(next < 0 ? "No breakpoint ahead." : "");
    if (next >= 0) go(next);
  }
  function toggleStop(key = steps[at].key) {
    if (!stops.delete(key)) stops.add(key);
    say(stops.size ? "" : "No breakpoints.");
    render();
  }
  // A node is where it is computed and where its gradient is: first what belongs to the phase that is shown.
  function goToNode(keys) {
    const found = steps.filter((step) => keys.includes(step.key));
    const here = found.findIndex((step) => step.index === at);
    const same = found.find((step) => step.phase === steps[at].phase);
    const next = here >= 0 ? found[(here + 1) % found.length] : (same ?? found[0]);
    if (next) go(next.index);
    else say("No step is about this box.");
  }
  function find(text, backwards) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return;
    const order = steps.map((_, i) => (backwards ? at - 1 - i : at + 1 + i)).map((i) => (i + 2 * steps.length) % steps.length);
    const label = (i) => page.nodes[steps[i].key].label.toLowerCase();
    const words = (i) => (steps[i].title + " " + (page.nodes[steps[i].key].op ?? "")).toLowerCase();
    const hit = order.find((i) => label(i) === wanted) ?? order.find((i) => words(i).includes(wanted));
    say(hit === undefined ? `Nothing is called “${text}”.` : "");
    if (hit !== undefined) go(hit);
  }
  const say = (text) => ($("message").textContent = text);

  // ---- the graph ----

  const picture = $("picture");
  picture.innerHTML = page.graph.svg ?? "";
  if (!page.graph.svg) picture.append(make("p", {}, page.graph.reason), make("pre", {}, page.graph.text));
  const drawn = new Map([...picture.querySelectorAll("[id]")].map((element) => [element.id, element]));
  const members = new Map();
  for (const [key, node] of Object.entries(page.nodes)) {
    if (!members.has(node.box)) members.set(node.box, []);
    members.get(node.box).push(key);
  }
  for (const [id, keys] of members) {
    const box = drawn.get(id);
    if (!box) continue;
    box.classList.add("box");
    box.addEventListener("click", (event) => {
      if (!event.shiftKey) return goToNode(keys);
      keys.forEach((key) => toggleStop(key));
    });
  }
  const texts = (box, role) => [...(drawn.get(box)?.querySelectorAll(`text[fill="${page.graph.colours[role]}"]`) ?? [])];
  const lines = new Map(Object.entries(page.nodes).map(([key, node]) => [key, {
    value: texts(node.box, "value"), grad: texts(node.box, "grad") }]));
  for (const { value, grad } of lines.values()) {
    for (const text of [...value, ...grad]) text.dataset.recorded = text.textContent;
  }

  // What was computed by a step, and what is known of each gradient then.
  const computedAt = {}, changesOf = {};
  for (const step of steps) {
    if (step.phase === "forward") computedAt[step.key] ??= step.index;
    for (const change of step.changes) (changesOf[change.key] ??= []).push({ ...change, index: step.index });
  }
  function known(key, until) {
    return (changesOf[key] ?? []).findLast((change) => change.index <= until);
  }
  function light() {
    const step = steps[at], until = asked() ? at - 1 : at;
    for (const [key, node] of Object.entries(page.nodes)) {
      const box = drawn.get(node.box);
      if (!box || members.get(node.box)[0] !== key) continue;
      const keys = members.get(node.box);
      const single = keys.length === 1;
      box.classList.toggle("later", keys.every((k) => (computedAt[k] ?? -1) > until));
      box.classList.toggle("stop", keys.some((k) => stops.has(k)));
      box.classList.toggle("active", keys.includes(step.key));
      box.classList.toggle("receives", step.edge !== null && keys.includes(step.edge.to));
      const change = known(key, until), { value, grad } = lines.get(key);
      for (const text of grad) {
        text.classList.toggle("unknown", single && !change);
        text.classList.toggle("partial", change?.state === "partial");
      }
      for (const text of value) text.classList.toggle("unknown", (computedAt[key] ?? -1) > until);
      if (single) numbersInBox(key, change, value, grad);
    }
    for (const edge of picture.querySelectorAll(".edge.active")) edge.classList.remove("active");
    drawn.get(step.edge?.id)?.classList.add("active");
    for (const id of step.arrows) drawn.get(id)?.classList.add("active");
    follow(drawn.get(page.nodes[step.key].box));
  }
  function numbersInBox(key, change, value, grad) {
    if (!page.what_if) return;
    for (const text of value) text.textContent = replayed ? brief(replayed.values[key]) : text.dataset.recorded;
    for (const text of grad) {
      const snap = change && page.arrays[change.after];
      const now = change && (replayed ? brief(gradientAt(change)) : snap.number);
      text.textContent = change ? `grad ${now}${change.state === "partial" ? " + …" : ""}` : text.dataset.recorded;
    }
  }
  const gradientAt = (change) => replayed.steps[change.index].result;
  function follow(box) {
    if (!box) return;
    const frame = $("graph").getBoundingClientRect(), place = box.getBoundingClientRect();
    const slack = Math.min(60, frame.width / 8);
    const outside = place.left < frame.left + slack || place.right > frame.right - slack ||
      place.top < frame.top + 20 || place.bottom > frame.bottom - 20;
    if (!outside) return;
    $("graph").scrollBy({
      left: (place.left + place.right - frame.left - frame.right) / 2,
      top: (place.top + place.bottom - frame.top - frame.bottom) / 2,
      behavior: calm || playing === null ? "instant" : "smooth",
    });
  }
  const svg = picture.querySelector("svg");
  const natural = svg ? [parseFloat(svg.getAttribute("width")), parseFloat(svg.getAttribute("height"))] : [1, 1];
  let scale = 1;
  function zoom(to) {
    if (!svg) return;
    scale = Math.max(0.05, Math.min(4, to));
    svg.setAttribute("width", natural[0] * scale);
    svg.setAttribute("height", natural[1] * scale);
    follow(drawn.get(page.nodes[steps[at].key].box));
  }
  // As large as fits, but never so small that it cannot be read: then it is scrolled.
  function fit() {
    const { clientWidth: width, clientHeight: height } = $("graph");
    zoom(Math.max(1.1, Math.min(2, (width - 24) / natural[0], (height - 24) / natural[1])));
  }
  function whole() {
    const { clientWidth: width, clientHeight: height } = $("graph");
    zoom(Math.min((width - 24) / natural[0], (height - 24) / natural[1]));
  }
  function pan() {
    const frame = $("graph");
    let from = null;
    frame.addEventListener("pointerdown", (e) => {
      if (e.pointerType === "mouse" && e.button === 0) from = [e.clientX + frame.scrollLeft, e.clientY + frame.scrollTop];
    });
    addEventListener("pointermove", (e) => { if (from) frame.scrollTo(from[0] - e.clientX, from[1] - e.clientY); });
    addEventListener("pointerup", () => (from = null));
    frame.addEventListener("wheel", (e) => {
      if (!e.ctrlKey) return;
      e.preventDefault();
      zoom(scale * Math.exp(-e.deltaY / 300));
    }, { passive: false });
  }

  // ---- tensors ----

  // Blue below 0, orange above; a bar in the cell says negative where there is no room for a number.
  function heat(array) {
    if (array.number !== undefined) return make("output", {}, array.number);
    const columns = array.patch[0]?.length ?? 0, shown = array.written;
    const bound = Math.max(Math.abs(array.low ?? 0), Math.abs(array.high ?? 0)) || 1;
    const grid = make("div", { class: shown ? "heat numbers" : "heat", role: "img", "aria-label": array.words,
      style: `--columns: ${columns}` });
    for (const x of array.patch.flat()) {
      const value = Number(x), odd = !Number.isFinite(value);
      const cell = make("span", { title: String(x), class: odd ? "odd" : value < 0 ? "minus" : value > 0 ? "plus" : "" });
      if (!odd) cell.style.setProperty("--share", `${Math.round((100 * Math.min(1, Math.abs(value) / bound)))}%`);
      cell.textContent = shown || odd ? String(x).replace("-", "−") : value < 0 ? "−" : "";
      grid.append(cell);
    }
    return grid;
  }
  function tensor(operand, value) {
    const array = operand.array === null ? null : page.arrays[operand.array];
    const name = make("figcaption", {}, make("b", {}, operand.label), " ", make("span", {}, array ? array.kind : ""));
    if (value !== undefined) return make("figure", {}, name, make("output", { class: "changed" }, digits(value)));
    if (!array) return make("figure", {}, name, make("output", {}, operand.number ?? "no value"));
    return make("figure", {}, name, heat(array), array.range ? make("p", {}, array.range) : null);
  }
  // before + contribution = after, a = f(b, c): the signs between them.
  function tensors() {
    const step = steps[at], now = replayed?.steps[at];
    if (!step.operands.length && !step.result) return put("tensors");
    const arrived = now && (step.kind === "contribution" ? [now.names.g] : [now.before, now.g].filter((x) => x !== undefined));
    const changed = (operand) => {
      if (!now || operand.array === null) return undefined;
      return operand.gradient ? arrived.shift() : replayed.values[operand.key];
    };
    const shown = step.operands.map((operand) => tensor(operand, changed(operand)));
    const sign = ["accumulate", "land"].includes(step.kind) && shown.length > 1 ? "+" : null;
    const row = shown.flatMap((figure, i) => (i && sign ? [make("span", { class: "sign" }, sign), figure] : [figure]));
    if (step.result && !asked()) {
      if (row.length) row.push(make("span", { class: "sign", "aria-label": "gives" }, sign ? "=" : "→"));
      row.push(tensor(step.result, now ? now.result : undefined));
    }
    put("tensors", ...row);
  }

  // ---- the step in words and formulas ----

  function words() {
    const step = steps[at], what_if = replayed !== null;
    $("phase").textContent = step.kind === step.phase ? step.kind : `${step.phase} · ${step.kind}`;
    $("phase").dataset.phase = step.phase;
    $("title").textContent = titleOf(step);
    $("say").textContent = what_if ? "Computed in this page, from your numbers." : step.sentence;
    const e = step.equation, parts = [];
    if (e) {
      parts.push(written(e.mathml, { class: "math" }));
      if (e.indices) parts.push(written(e.indices, { class: "math" }));
      if (e.shapes) parts.push(make("code", { class: "shapes" }, e.shapes));
      if (!asked() && numbersOf(step)) parts.push(make("code", { class: "arithmetic" }, numbersOf(step)));
    }
    put("formula", ...parts);
    put("sum", step.sum && !asked() && !what_if ? make("code", {}, step.sum) : null);
    put("notes", ...step.notes.map((note) => make("p", {}, note)), step.error ? make("pre", {}, step.error) : null);
  }
  function titleOf(step) {
    if (asked() && step.index === at) return step.quiz.question;
    const now = replayed?.steps[step.index];
    if (!now || step.kind === "forward" || step.kind === "contribution") return step.title;
    return `${step.result.label} = ${digits(now.result)}`;
  }
  function numbersOf(step) {
    const now = replayed?.steps[step.index];
    if (!now) return step.equation.numbers;
    if (!step.replay) return null;
    const fill = step.replay.replace(/⟦(\w+)⟧/g, (_, name) => {
      const text = digits(now.names[name]);
      return text.startsWith("-") ? `(${text})` : text;
    });
    return `${step.equation.left} = ${fill} = ${digits(now.result)}`;
  }
  function code() {
    const { source } = steps[at];
    if (!source) return put("code");
    const file = page.files[source.file];
    const list = make("ol", { start: file.start });
    file.lines.forEach((text, i) => {
      const n = file.start + i, lit = n >= source.line && n <= source.end_line;
      const line = make("li", lit ? { class: "lit", "aria-current": "true" } : {});
      if (n === source.line && source.end_line === n && source.end_column > source.column) {
        line.append(text.slice(0, source.column), make("mark", {}, text.slice(source.column, source.end_column)), text.slice(source.end_column));
      } else line.append(text || " ");
      list.append(line);
    });
    put("code", make("h2", {}, file.name), list);
    const lit = $("code").querySelector(".lit");
    if (lit) $("code").scrollTop = lit.offsetTop - $("code").clientHeight / 2;
  }
  // Of thousands of steps only those around this one are on the page.
  function list() {
    const first = Math.max(0, Math.min(at - 30, steps.length - 61));
    put("list", ...steps.slice(first, first + 61).map((step) => {
      const hide = quizzing && step.index > at;
      const button = make("button", { type: "button", class: step.phase, "data-step": step.index },
        make("i", {}, `${step.index + 1}${stops.has(step.key) ? " ●" : ""}`), hide ? "…" : titleOf(step));
      if (step.index === at) button.setAttribute("aria-current", "step");
      return make("li", {}, button);
    }));
    const current = $("list").querySelector("[aria-current]");
    $("list").scrollTop = current.offsetTop - $("list").clientHeight / 2;
  }

  // ---- the check, the quiz, what if ----

  function check() {
    const found = page.check?.nodes[steps[at].key];
    if (!found) return put("check");
    put("check", make("p", { class: found.verdict }, make("b", {}, found.verdict), " ", found.words),
      found.curve ? written(found.curve, { class: "curve" }) : null);
  }
  function showCheck() {
    const on = root.classList.toggle("checking");
    $("check-button").setAttribute("aria-pressed", on);
    if (!page.check) return say("These steps were not checked: call steps.check() before steps.html().");
    for (const [key, { verdict }] of Object.entries(page.check.nodes)) {
      drawn.get(page.nodes[key]?.box)?.classList.toggle(`is-${verdict.split(" ")[0]}`, on);
    }
    if (!on) return say("");
    say(page.check.words);
    if (page.check.first !== null) goToNode([page.check.first]);
  }
  function quiz() {
    const step = steps[at];
    if (!quizzing || !step.quiz) {
      return put("quiz", quizzing ? make("p", { class: "soft" }, "Go on: the next gradient is yours to find.") : null);
    }
    if (solved.has(at)) return put("quiz", make("p", { class: "right" }, make("b", {}, "Right. "), `${step.quiz.label} = ${digits(step.quiz.answer)}`));
    const input = make("input", { name: "answer", autocomplete: "off", "aria-label": "Your answer" });
    const form = make("form", {}, input, make("button", {}, "Answer"),
      make("button", { type: "button", class: "give-up" }, "Show me"), make("p", { class: "verdict", "aria-live": "polite" }));
    form.addEventListener("submit", (event) => { event.preventDefault(); answer(input.value); });
    form.querySelector(".give-up").addEventListener("click", () => { solved.add(at); render(); });
    put("quiz", form);
  }
  function answer(text) {
    const { answer, bound, mistakes, label } = steps[at].quiz;
    const given = calculated(text), reply = $("verdict");
    if (!Number.isFinite(given)) return (reply.textContent = "Give a number, as 0.25, or arithmetic, as 1/4 or 3*2 + 1.");
    if (Math.abs(given - answer) <= bound) { solved.add(at); return render(); }
    const mistake = mistakes.find(([wrong, , within]) => Math.abs(given - wrong) <= within);
    reply.textContent = mistake ? `Not quite. ${mistake[1]}`
      : `No. Look at the formula again, and at the numbers that go into ${label}.`;
  }
  // What somebody types: numbers, + - * / ** ^ and parentheses; NaN for anything else.
  function calculated(text) {
    const parts = text.replace(/[−–]/g, "-").replace(/\*\*/g, "^").match(/\d*\.?\d+(e[-+]?\d+)?|\d+\.|[-+*/^()]|\S/gi) ?? [];
    const operators = [{ "+": (x, y) => x + y, "-": (x, y) => x - y }, { "*": (x, y) => x * y, "/": (x, y) => x / y }];
    const chain = (level) => {
      if (level === 2) return signed();
      let value = chain(level + 1);
      while (parts[0] in operators[level]) value = operators[level][parts.shift()](value, chain(level + 1));
      return value;
    };
    const signed = () => {
      if (parts[0] === "-") { parts.shift(); return -signed(); }
      let base = parts.shift();
      if (base === "(") { base = chain(0); if (parts.shift() !== ")") return NaN; }
      if (parts[0] !== "^") return base === undefined ? NaN : Number(base);
      parts.shift();
      return Number(base) ** signed();
    };
    const value = chain(0);
    return parts.length ? NaN : value;
  }
  function toggleQuiz() {
    quizzing = !quizzing;
    $("quiz-button").setAttribute("aria-pressed", quizzing);
    if (quizzing && replayed) reset();
    const first = steps.findIndex((step) => step.quiz && step.index >= at);
    const any = steps.some((step) => step.quiz);
    say(quizzing && !any ? "There is nothing to ask: no gradient of a single number is computed." : "");
    if (quizzing && first > at) go(first);
    else render();
    root.querySelector("[name=answer]")?.focus();
  }
  function whatIf() {
    if (!page.what_if) return say(page.no_what_if);
    const panel = $("what-if");
    panel.hidden = !panel.hidden;
    $("what-if-button").setAttribute("aria-pressed", !panel.hidden);
    if (panel.hidden) return reset();
    if (quizzing) toggleQuiz();
    if (!panel.querySelector("input")) {
      for (const { key, label, value } of page.what_if.inputs) {
        const bound = Math.max(1, 2 * Math.abs(Number(value)));
        const number = make("input", { type: "number", step: "any", value, "data-key": key, "data-recorded": value, "aria-label": label });
        const slide = make("input", { type: "range", min: -bound, max: bound, step: bound / 100, value, "aria-label": `${label}, slider` });
        slide.addEventListener("input", () => { number.value = slide.value; recompute(); });
        number.addEventListener("input", () => { slide.value = number.value; recompute(); });
        panel.insertBefore(make("label", {}, make("b", {}, label), number, slide), panel.lastElementChild);
      }
    }
    panel.querySelector("input").focus();
    render();
  }
  function recompute() {
    const inputs = {}, fields = [...$("what-if").querySelectorAll("[type=number]")];
    for (const field of fields) inputs[field.dataset.key] = field.value === "" ? NaN : Number(field.value);
    const changed = fields.some((field) => field.value !== field.dataset.recorded);
    replayed = changed ? replay(page.what_if.program, inputs) : null;
    root.classList.toggle("replayed", changed);
    render();
  }
  function reset() {
    for (const field of $("what-if").querySelectorAll("[type=number]")) {
      field.value = field.closest("label").querySelector("[type=range]").value = field.dataset.recorded;
    }
    replayed = null;
    root.classList.remove("replayed");
    render();
  }

  // ---- all of it ----

  function render() {
    light();
    words();
    tensors();
    quiz();
    check();
    code();
    list();
    $("slider").value = at;
    $("slider").setAttribute("aria-valuetext", `step ${at + 1}: ${steps[at].title}`);
    $("count").textContent = `${at + 1} / ${steps.length}`;
    for (const name of ["first", "back"]) $(name).disabled = at === 0;
    for (const name of ["next", "last"]) $(name).disabled = at === last;
    $("play").setAttribute("aria-pressed", playing !== null);
    $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    $("stop").setAttribute("aria-pressed", stops.has(steps[at].key));
    root.dataset.step = at;
  }

  const help = $("help");
  const commands = {
    first: () => go(0), back: () => go(at - 1), play, next: () => go(at + 1), last: () => go(last), run,
    stop: () => toggleStop(), "check-button": showCheck, "quiz-button": toggleQuiz, "what-if-button": whatIf,
    "help-button": () => help.showModal(), larger: () => zoom(scale * 1.25), smaller: () => zoom(scale / 1.25), whole,
    reset,
  };
  for (const [name, command] of Object.entries(commands)) $(name).addEventListener("click", command);
  const keys = {
    ArrowRight: "next", n: "next", ArrowLeft: "back", p: "back", Home: "first", End: "last", " ": "play",
    b: "stop", r: "run", c: "check-button", q: "quiz-button", w: "what-if-button", "?": "help-button",
    "+": "larger", "-": "smaller", 0: "whole",
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, dialog");
    const pressing = event.key === " " && event.target.closest("button, a, summary");
    if (event.key === "Escape" && typing) return event.target.blur();
    if (typing || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "g" || event.key === "/") $("find").focus();
    else if (event.key in keys) { if (!$(keys[event.key]).disabled) commands[keys[event.key]](); }
    else return;
    event.preventDefault();
  });
  $("find").addEventListener("keydown", (event) => {
    if (event.key === "Enter") find(event.target.value, event.shiftKey);
  });
  $("slider").max = last;
  $("slider").addEventListener("input", (event) => go(Number(event.target.value)));
  $("list").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) go(Number(button.dataset.step));
  });
  pan();
  render();
  fit();
  addEventListener("resize", fit);
  root.classList.add("ready");
}
