// The stepper: everything on the page is drawn from the data that Python put into it and from the number
// of the step, so to go back is as easy as to go forward.

function stepper(page, root) {
  const steps = page.steps, last = steps.length - 1, dtype = page.what_if?.program.dtype;
  const stops = new Set(), solved = new Set();
  let at = 0, quizzing = false, playing = null, replayed = null;

  const $ = (name) => root.querySelector("." + name);
  const say = (text) => ($("message").textContent = text);
  const put = (name, ...children) => {
    $(name).replaceChildren(...children.filter(Boolean));
    $(name).hidden = !$(name).hasChildNodes();
  };
  // Python wrote the markup of formulas and curves, and escaped what is the user's.
  const written = (markup, name) => {
    const element = make("div", { class: name });
    element.innerHTML = markup;
    return element;
  };
  const asked = () => quizzing && steps[at].quiz && !solved.has(at);
  const graph = graphOf(page, root, (keys, shift) => (shift ? keys.forEach(toggleStop) : goToNode(keys)));

  // ---- moving ----

  function go(to) {
    at = Math.max(0, Math.min(last, to));
    render();
  }
  function play() {
    if (playing) return pause();
    if (at === last) go(0);
    playing = setInterval(() => {
      if (!asked()) go(at + 1);
      if (asked() || at === last || stops.has(steps[at].key)) pause();
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
  function toggleStop(key) {
    if (!stops.delete(key)) stops.add(key);
    say(`Breakpoints: ${[...stops].map((k) => page.nodes[k].label).join(", ") || "none"}.`);
    render();
  }
  // First what belongs to the phase that is shown, then one after the other.
  function goToNode(keys) {
    const found = steps.filter((step) => keys.includes(step.key));
    const here = found.findIndex((step) => step.index === at);
    const next = here >= 0 ? found[(here + 1) % found.length] : (found.find((step) => step.phase === steps[at].phase) ?? found[0]);
    if (next) go(next.index);
  }
  function find(text, backwards) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return;
    const order = steps.map((_, i) => steps[(backwards ? at - 1 - i + steps.length : at + 1 + i) % steps.length]);
    const called = (step) => page.nodes[step.key].label.toLowerCase() === wanted;
    const about = (step) => `${step.title} ${page.nodes[step.key].op ?? ""}`.toLowerCase().includes(wanted);
    const hit = order.find(called) ?? order.find(about);
    say(hit ? "" : `Nothing is called “${text}”.`);
    if (hit) go(hit.index);
  }

  // ---- a step ----

  function words() {
    const step = steps[at], e = step.equation, parts = [];
    $("phase").textContent = step.kind === step.phase ? step.kind : `${step.phase} · ${step.kind}`;
    $("phase").dataset.phase = step.phase;
    $("title").textContent = titleOf(step);
    $("say").textContent = replayed ? "Computed in this page, from your numbers." : step.sentence;
    if (e) {
      parts.push(written(e.mathml, "math"), e.indices && written(e.indices, "math"));
      parts.push(e.shapes && make("code", { class: "shapes" }, e.shapes));
      const numbers = asked() ? null : numbersOf(step);
      parts.push(numbers && make("code", { class: "arithmetic" }, numbers));
    }
    put("formula", ...parts);
    put("sum", step.sum && !asked() && !replayed ? make("code", {}, step.sum) : null);
    put("notes", ...step.notes.map((note) => make("p", {}, note)), step.error && make("pre", {}, step.error));
  }
  function titleOf(step) {
    if (step.index === at && asked()) return step.quiz.question;
    const now = replayed?.steps[step.index];
    if (!now || step.kind === "forward" || step.kind === "contribution") return step.title;
    return `${step.result.label} = ${digits(now.result, dtype)}`;
  }
  function numbersOf(step) {
    const now = replayed?.steps[step.index];
    if (!now) return step.equation.numbers;
    const filled = step.replay.replace(/⟦(\w+)⟧/g, (_, name) => digits(now.names[name], dtype).replace(/^-.*/, "($&)"));
    return `${step.equation.left} = ${filled} = ${digits(now.result, dtype)}`;
  }
  // before + contribution = after, or what a formula is computed from and what it gives.
  function tensors() {
    const step = steps[at], now = replayed?.steps[at];
    const arrived = now && (now.names ? [now.names.g] : [now.before, now.g].filter((x) => x !== undefined));
    const shown = (o, value) => figure(o, o.array === null ? null : page.arrays[o.array], value, dtype);
    const row = step.operands.map((o) => shown(o, now && o.key !== null ? (o.gradient ? arrived.shift() : replayed.values[o.key]) : undefined));
    const sum = ["accumulate", "land"].includes(step.kind);
    const signed = row.flatMap((each, i) => (i && sum ? [make("span", { class: "sign" }, "+"), each] : [each]));
    if (step.result && !asked()) {
      if (row.length) signed.push(make("span", { class: "sign" }, sum ? "=" : "→"));
      signed.push(shown(step.result, now?.result));
    }
    put("tensors", ...signed);
  }
  // A step without a line of its own leaves the code as it is, with nothing lit.
  function code() {
    const source = steps[at].source, number = source?.file ?? Number($("code").dataset.file ?? 0);
    const file = page.files[number];
    if (!file) return put("code");
    const list = make("ol", { start: file.start });
    file.lines.forEach((text, i) => {
      const n = file.start + i, lit = source && n >= source.line && n <= source.end_line;
      const line = make("li", lit ? { class: "lit", "aria-current": "true" } : {});
      if (lit && source.line === source.end_line) {
        const [from, to] = [source.column, source.end_column];
        line.append(text.slice(0, from), make("mark", {}, text.slice(from, to)), text.slice(to));
      } else line.append(text || " ");
      list.append(line);
    });
    const before = $("code").scrollTop;
    put("code", make("h2", {}, file.name), list);
    $("code").dataset.file = number;
    $("code").scrollTop = before;
    middle("code", ".lit");
  }
  // Of thousands of steps only those around this one are on the page.
  function list() {
    const first = Math.max(0, Math.min(at - 30, steps.length - 61));
    put("list", ...steps.slice(first, first + 61).map((step) => {
      const button = make("button", { type: "button", class: step.phase, "data-step": step.index },
        make("i", {}, `${stops.has(step.key) ? "● " : ""}${step.index + 1}`), quizzing && step.index > at ? "…" : titleOf(step));
      if (step.index === at) button.setAttribute("aria-current", "step");
      return make("li", {}, button);
    }));
    middle("list", "[aria-current]");
  }
  function middle(name, selector) {
    const place = $(name).querySelector(selector);
    if (place) $(name).scrollTop = place.offsetTop - $(name).clientHeight / 2;
  }

  // ---- check ----

  function check() {
    const found = root.classList.contains("checking") && page.check.nodes[steps[at].key];
    put("check", found && make("p", { class: found.verdict }, make("b", {}, found.verdict), " ", found.words),
      found && found.curve && written(found.curve, "curve"));
  }
  function toggleCheck() {
    if (!page.check) return say("These steps were not checked: call steps.check() before steps.html().");
    const on = root.classList.toggle("checking");
    $("check-button").setAttribute("aria-pressed", on);
    graph.mark(on ? page.check.nodes : {});
    say(on ? page.check.words : "");
    const first = steps.find((step) => step.kind === "contribution" && step.key === page.check.first);
    if (on && first) go(first.index);
    else render();
  }

  // ---- quiz ----

  function quiz() {
    const { quiz } = steps[at];
    if (!quizzing) return put("quiz");
    if (!quiz) return put("quiz", make("p", {}, "Go on: the next gradient is yours to find."));
    if (solved.has(at)) return put("quiz", make("p", { class: "right" }, make("b", {}, "Right. "), `${quiz.label} = ${digits(quiz.answer, "float32")}`));
    const input = make("input", { name: "answer", autocomplete: "off", "aria-label": "Your answer", placeholder: "3*2 + 1" });
    const show = make("button", { type: "button", class: "show-me" }, "Show me");
    const form = make("form", {}, input, make("button", {}, "Answer"), show, make("p", { class: "verdict", role: "status" }));
    form.addEventListener("submit", (event) => { event.preventDefault(); answer(input.value); });
    show.addEventListener("click", () => { solved.add(at); render(); });
    put("quiz", form);
  }
  function answer(text) {
    const { answer, bound, mistakes, label } = steps[at].quiz, given = calculated(text);
    if (!Number.isFinite(given)) return ($("verdict").textContent = "Give a number, as 0.25, or arithmetic, as 1/4 or 3*2 + 1.");
    if (Math.abs(given - answer) <= bound) { solved.add(at); return render(); }
    const mistake = mistakes.find(([wrong, , within]) => Math.abs(given - wrong) <= within);
    $("verdict").textContent = mistake ? `Not quite. ${mistake[1]}` : `No. Look at the formula again, and at the numbers that go into ${label}.`;
  }
  function toggleQuiz() {
    quizzing = !quizzing;
    $("quiz-button").setAttribute("aria-pressed", quizzing);
    if (quizzing && !$("what-if").hidden) toggleWhatIf();
    const next = steps.find((step) => step.quiz && step.index >= at);
    say(quizzing && !next ? "From here on there is nothing to ask." : "");
    go(quizzing && next ? next.index : at);
    root.querySelector("[name=answer]")?.focus();
  }

  // ---- what if ----

  function toggleWhatIf() {
    if (!page.what_if) return say(page.no_what_if);
    const panel = $("what-if"), open = panel.hidden;
    panel.hidden = !open;
    $("what-if-button").setAttribute("aria-pressed", open);
    if (open && quizzing) toggleQuiz();
    if (!panel.querySelector("label")) $("reset").before(...page.what_if.inputs.map(field));
    if (open) panel.querySelector("input")?.focus();
    reset();
    graph.fit();
  }
  function field({ key, label, value }) {
    const bound = Math.max(1, 2 * Math.abs(value)) || 1;
    const number = make("input", { type: "number", step: "any", value, "data-key": key, "data-recorded": value, "aria-label": label });
    const slide = make("input", { type: "range", min: -bound, max: bound, step: bound / 100, value, "aria-label": `${label}, slider` });
    slide.addEventListener("input", () => { number.value = slide.value; recompute(); });
    number.addEventListener("input", () => { slide.value = number.value; recompute(); });
    return make("label", {}, make("b", {}, label), number, slide);
  }
  const fields = () => [...$("what-if").querySelectorAll("[type=number]")];
  function recompute() {
    const inputs = Object.fromEntries(fields().map((f) => [f.dataset.key, f.value === "" ? NaN : Number(f.value)]));
    const changed = fields().some((f) => f.value !== f.dataset.recorded);
    replayed = changed ? replay(page.what_if.program, inputs) : null;
    render();
  }
  function reset() {
    for (const f of fields()) f.value = f.nextElementSibling.value = f.dataset.recorded;
    recompute();
  }

  // ---- all of it ----

  function render() {
    graph.light(steps[at], asked() ? at - 1 : at, stops, replayed);
    for (const part of [words, tensors, check, quiz, code, list]) part();
    $("slider").value = at;
    $("slider").setAttribute("aria-valuetext", `step ${at + 1}: ${titleOf(steps[at])}`);
    $("count").textContent = `${at + 1} / ${steps.length}`;
    for (const name of ["first", "back"]) $(name).disabled = at === 0;
    for (const name of ["next", "last"]) $(name).disabled = at === last;
    $("play").setAttribute("aria-pressed", playing !== null);
    $("stop").setAttribute("aria-pressed", stops.has(steps[at].key));
    root.dataset.step = at;
  }

  const commands = {
    first: () => go(0), back: () => go(at - 1), next: () => go(at + 1), last: () => go(last), play, run,
    stop: () => toggleStop(steps[at].key), "check-button": toggleCheck, "quiz-button": toggleQuiz, "what-if-button": toggleWhatIf,
    "help-button": () => $("help").showModal(), larger: () => graph.zoom(1.25), smaller: () => graph.zoom(0.8), whole: graph.whole, reset,
  };
  const keys = {
    ArrowRight: "next", n: "next", ArrowLeft: "back", p: "back", Home: "first", End: "last", " ": "play", b: "stop", r: "run",
    c: "check-button", q: "quiz-button", w: "what-if-button", "?": "help-button", "+": "larger", "-": "smaller", 0: "whole",
  };
  for (const [name, command] of Object.entries(commands)) $(name).addEventListener("click", command);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, dialog"), pressing = event.key === " " && event.target.closest("button");
    if (event.key === "Escape" && event.target.closest("input")) event.target.blur();
    if (typing || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "g" || event.key === "/") $("find").focus();
    else if (event.key in keys) $(keys[event.key]).click();
    else return;
    event.preventDefault();
  });
  $("find").addEventListener("keydown", (event) => { if (event.key === "Enter") find(event.target.value, event.shiftKey); });
  $("slider").max = last;
  $("slider").addEventListener("input", (event) => go(Number(event.target.value)));
  $("list").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) go(Number(button.dataset.step));
  });
  addEventListener("resize", graph.fit);
  say(page.notes.join(" "));
  render();
  graph.fit();
  root.classList.add("ready");
}

// What somebody types: numbers, + - * / ** ^ and parentheses; NaN for anything else.
function calculated(text) {
  const parts = text.replace(/[−–]/g, "-").replace(/\*\*/g, "^").match(/(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|\S/gi) ?? [];
  const operators = [{ "+": (x, y) => x + y, "-": (x, y) => x - y }, { "*": (x, y) => x * y, "/": (x, y) => x / y }];
  const chain = (level) => {
    if (level === 2) return signed();
    let value = chain(level + 1);
    while (parts[0] in operators[level]) value = operators[level][parts.shift()](value, chain(level + 1));
    return value;
  };
  const signed = () => {
    if (parts[0] === "-") return parts.shift() && -signed();
    const first = parts.shift(), base = first === "(" ? chain(0) : Number(first);
    if (first === "(" && parts.shift() !== ")") return NaN;
    return parts[0] === "^" ? parts.shift() && base ** signed() : base;
  };
  const value = chain(0);
  return parts.length ? NaN : value;
}

const place = document.currentScript.previousElementSibling;
const packed = atob(place.querySelector(".data").textContent);
const stream = new Blob([Uint8Array.from(packed, (c) => c.charCodeAt(0))]).stream();
new Response(stream.pipeThrough(new DecompressionStream("gzip"))).json().then((page) => stepper(page, place));
