// The stepper: everything on the page is drawn from the data that Python put into it and from the number
// of the step, so to go back is as easy as to go forward.

const UNMARKED = {
  check: "These steps were not checked: call steps.check() before steps.html().",
  compare: "There is no other run on this page: view.compare(a, b).html() makes a page of two.",
};

function stepper(page, root) {
  const steps = page.steps, last = steps.length - 1, dtype = page.what_if?.program.dtype;
  const stops = new Set();
  let at = 0, playing = null, marking = null;

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
  const quiz = quizOf(put, () => steps[at], render), asked = () => quiz.hides(steps[at]);
  const whatIf = whatIfOf(page.what_if, $("what-if"), render), now = (step) => whatIf.replayed?.steps[step.index];
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
    $("say").textContent = whatIf.replayed ? "Computed in this page, from your numbers." : step.sentence;
    if (e) {
      parts.push(written(e.mathml, "math"), e.indices && written(e.indices, "math"));
      parts.push(e.shapes && make("code", { class: "shapes" }, e.shapes));
      const numbers = asked() ? null : numbersOf(step);
      parts.push(numbers && make("code", { class: "arithmetic" }, numbers));
    }
    put("formula", ...parts);
    put("sum", step.sum && !asked() && !whatIf.replayed ? make("code", {}, step.sum) : null);
    put("notes", ...step.notes.map((note) => make("p", {}, note)), step.error && make("pre", {}, step.error));
  }
  function titleOf(step) {
    if (step.index === at && asked()) return step.quiz.question;
    if (!now(step) || step.kind === "forward" || step.kind === "contribution") return step.title;
    return `${step.result.label} = ${digits(now(step).result, dtype)}`;
  }
  function numbersOf(step) {
    const found = now(step);
    if (!found) return step.equation.numbers;
    const filled = step.replay.replace(/⟦(\w+)⟧/g, (_, name) => digits(found.names[name], dtype).replace(/^-.*/, "($&)"));
    return `${step.equation.left} = ${filled} = ${digits(found.result, dtype)}`;
  }
  // before + contribution = after, or what a formula is computed from and what it gives.
  function tensors() {
    const step = steps[at], found = now(step);
    const arrived = found && (found.names ? [found.names.g] : [found.before, found.g].filter((x) => x !== undefined));
    const other = (o) => (!found || o.key === null ? undefined : o.gradient ? arrived.shift() : whatIf.replayed.values[o.key]);
    const shown = (o, value) => figure(o, page.arrays[o.array], value, dtype);
    const row = step.operands.map((o) => shown(o, other(o)));
    const sum = ["accumulate", "land"].includes(step.kind);
    const signed = row.flatMap((each, i) => (i && sum ? [make("span", { class: "sign" }, "+"), each] : [each]));
    if (step.result && !asked()) {
      if (row.length) signed.push(make("span", { class: "sign" }, sum ? "=" : "→"));
      signed.push(shown(step.result, found?.result));
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
        make("i", {}, `${stops.has(step.key) ? "● " : ""}${step.index + 1}`), quiz.on && step.index > at ? "…" : titleOf(step));
      if (step.index === at) button.setAttribute("aria-current", "step");
      return make("li", {}, button);
    }));
    middle("list", "[aria-current]");
  }
  function middle(name, selector) {
    const place = $(name).querySelector(selector);
    if (place) $(name).scrollTop = place.offsetTop - $(name).clientHeight / 2;
  }

  // ---- what is known of nodes: whether their rule is correct, how they differ from another run ----

  function marks() {
    const found = asked() ? null : page[marking]?.nodes[steps[at].key];
    put("marks", found && make("p", { class: found.verdict }, make("b", {}, found.verdict), " ", found.words),
      found?.curve && make("details", found.verdict === "correct" ? {} : { open: "" }, make("summary", {}, "The V curve"),
        written(found.curve, "curve"), make("p", { class: "soft" }, found.legend)));
  }
  function mark(which) {
    if (!page[which]) return say(UNMARKED[which]);
    marking = marking === which ? null : which;
    for (const name of ["check", "compare"]) $(`${name}-button`).setAttribute("aria-pressed", name === marking);
    graph.mark(page[marking]?.nodes ?? {}, marking === "compare");
    say(page[marking]?.words ?? "");
    go(page[marking]?.first ?? at);
  }

  // ---- modes in which the reader does something ----

  function toggleQuiz() {
    quiz.on = !quiz.on;
    $("quiz-button").setAttribute("aria-pressed", quiz.on);
    if (quiz.on && whatIf.open) toggleWhatIf();
    const next = steps.find((step) => step.quiz && step.index >= at);
    say(quiz.on && !next ? "From here on there is nothing to ask." : "");
    go(quiz.on && next ? next.index : at);
    root.querySelector("[name=answer]")?.focus();
  }
  function toggleWhatIf() {
    if (!page.what_if) return say(page.no_what_if);
    if (!whatIf.open && quiz.on) toggleQuiz();
    say("");
    whatIf.toggle();
    $("what-if-button").setAttribute("aria-pressed", whatIf.open);
    graph.fit();
  }

  // ---- all of it ----

  function render() {
    graph.light(steps[at], asked() ? at - 1 : at, stops, whatIf.replayed);
    for (const part of [words, tensors, marks, quiz.show, code, list]) part();
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
    stop: () => toggleStop(steps[at].key), "check-button": () => mark("check"), "compare-button": () => mark("compare"),
    "quiz-button": toggleQuiz, "what-if-button": toggleWhatIf, reset: whatIf.reset,
    "help-button": () => $("help").showModal(), larger: () => graph.zoom(1.25), smaller: () => graph.zoom(0.8), whole: graph.whole,
  };
  const keys = {
    ArrowRight: "next", n: "next", ArrowLeft: "back", p: "back", Home: "first", End: "last", " ": "play", b: "stop", r: "run",
    c: "check-button", d: "compare-button", q: "quiz-button", w: "what-if-button", "?": "help-button", "+": "larger", "-": "smaller", 0: "whole",
  };
  for (const [name, command] of Object.entries(commands)) $(name).addEventListener("click", command);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, dialog"), pressing = event.key === " " && event.target.closest("button, summary");
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
  $("compare-button").hidden = !page.compare;
  say(page.notes.join(" "));
  if (page.compare) mark("compare");
  render();
  graph.fit();
  root.classList.add("ready");
}

const place = document.currentScript.previousElementSibling;
const packed = atob(place.querySelector(".data").textContent);
const stream = new Blob([Uint8Array.from(packed, (c) => c.charCodeAt(0))]).stream();
new Response(stream.pipeThrough(new DecompressionStream("gzip"))).json().then((page) => stepper(page, place));
