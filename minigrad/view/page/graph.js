// The graph: what is lit in it at each step, and how it is moved and magnified.

function graphOf(page, root, clicked) {
  const frame = root.querySelector(".view"), picture = root.querySelector(".picture");
  picture.innerHTML = page.graph.svg ?? "";
  if (!page.graph.svg) picture.append(make("p", {}, page.graph.reason), make("pre", {}, page.graph.text));
  const svg = picture.querySelector("svg");
  const drawn = new Map([...picture.querySelectorAll("[id]")].map((element) => [element.id, element]));

  // A box may stand for several nodes, where parts are folded.
  const boxes = new Map();
  for (const [key, node] of Object.entries(page.nodes)) {
    const element = drawn.get(node.box);
    if (!element) continue;
    if (!boxes.has(node.box)) boxes.set(node.box, { element, keys: [], value: texts(element, "value"), grad: texts(element, "grad") });
    boxes.get(node.box).keys.push(key);
  }
  for (const { element, keys } of boxes.values()) {
    element.classList.add("box");
    element.addEventListener("click", (event) => clicked(keys, event.shiftKey));
  }
  function texts(element, role) {
    const found = [...element.querySelectorAll(`text[fill="${page.graph.colours[role]}"]`)];
    for (const text of found) text.dataset.recorded = text.textContent;
    return found;
  }

  // What each step has computed, and what it has changed of the gradients.
  const computedAt = {}, changesOf = {};
  for (const step of page.steps) {
    if (["input", "forward", "error"].includes(step.kind)) computedAt[step.key] ??= step.index; // on the way back too
    for (const change of step.changes) (changesOf[change.key] ??= []).push({ ...change, index: step.index });
  }
  const computed = (key, until) => (computedAt[key] ?? Infinity) <= until;
  const known = (key, until) => (changesOf[key] ?? []).findLast((change) => change.index <= until);

  // `until` is the last step whose result may be seen; `replayed` what the page has computed in its place.
  function light(step, until, stops, replayed) {
    for (const { element, keys, value, grad } of boxes.values()) {
      const change = keys.length === 1 ? known(keys[0], until) : { state: "complete" };
      element.classList.toggle("later", !keys.some((key) => computed(key, until)));
      element.classList.toggle("stop", keys.some((key) => stops.has(key)));
      element.classList.toggle("active", keys.includes(step.key));
      element.classList.toggle("receives", step.edge !== null && keys.includes(step.edge.to));
      for (const text of value) text.classList.toggle("unknown", !computed(keys[0], until));
      for (const text of grad) text.classList.toggle("unknown", !change);
      if (page.what_if && keys.length === 1) numbers(keys[0], change, value, grad, replayed);
    }
    for (const edge of picture.querySelectorAll(".edge.active")) edge.classList.remove("active");
    for (const id of [step.edge?.id, ...step.arrows]) drawn.get(id)?.classList.add("active");
    follow(step);
  }
  function numbers(key, change, value, grad, replayed) {
    for (const text of value) write(text, replayed ? brief(replayed.values[key]) : text.dataset.recorded);
    for (const text of grad) {
      const partial = change?.state === "partial", changed = replayed && change;
      const x = changed ? replayed.steps[change.index].result : Number(page.arrays[change?.after]?.number);
      const whole = partial || changed ? `grad ${brief(x)}` : text.dataset.recorded;
      const landed = change && page.arrays[change.after].number;
      write(text, partial ? `${whole} + …` : changed ? whole : change ? `grad ${landed}` : text.dataset.recorded);
    }
  }
  // Graphviz placed the text for the number that was recorded: another one is put in its middle.
  function write(text, words) {
    if (text.getAttribute("text-anchor") !== "middle") {
      const { x, width } = text.getBBox();
      text.setAttribute("x", x + width / 2);
      text.setAttribute("text-anchor", "middle");
    }
    if (text.textContent !== words) text.textContent = words;
  }
  const boxOf = (step) => boxes.get(page.nodes[step.key].box)?.element;
  let active = null;
  function follow(step) {
    active = step;
    if (!boxOf(step)) return;
    const outer = frame.getBoundingClientRect(), inner = boxOf(step).getBoundingClientRect();
    const slack = Math.min(60, outer.width / 8);
    if (inner.left > outer.left + slack && inner.right < outer.right - slack && inner.top > outer.top + 20 &&
      inner.bottom < outer.bottom - 56) return;
    frame.scrollBy({ left: (inner.left + inner.right - outer.left - outer.right) / 2, behavior: "instant",
      top: (inner.top + inner.bottom - outer.top - outer.bottom) / 2 });
  }

  // Verdicts are words too: a wrong rule says so above its box; what differs, in it.
  const VERDICTS = { wrong: "✗ wrong", differs: "", undecided: "", correct: "" };
  function mark(verdicts, alone) {
    picture.classList.toggle("alone", alone);
    for (const { element, keys } of boxes.values()) {
      const found = keys.map((key) => verdicts[key]?.verdict);
      const worst = Object.keys(VERDICTS).find((verdict) => found.includes(verdict));
      for (const verdict in VERDICTS) element.classList.toggle(`is-${verdict}`, verdict === worst);
      element.querySelector(".verdict-mark")?.remove();
      if (!VERDICTS[worst]) continue;
      const { x, y } = element.getBBox(), text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      for (const [name, value] of Object.entries({ class: "verdict-mark", x, y: y - 4 })) text.setAttribute(name, value);
      text.textContent = VERDICTS[worst];
      element.append(text);
    }
  }

  const natural = svg ? [parseFloat(svg.getAttribute("width")), parseFloat(svg.getAttribute("height"))] : [1, 1];
  let scale = 1;
  function zoom(factor) {
    scale = Math.max(0.05, Math.min(4, scale * factor));
    svg?.setAttribute("width", natural[0] * scale);
    svg?.setAttribute("height", natural[1] * scale);
    if (active) follow(active);
  }
  const room = () => Math.min((frame.clientWidth - 24) / natural[0], (frame.clientHeight - 24) / natural[1]);
  const whole = () => zoom(room() / scale);
  // As large as fits, but never so small that it cannot be read: then it is scrolled.
  const fit = () => zoom(Math.max(0.95, Math.min(2, room())) / scale);

  let from = null;
  frame.addEventListener("pointerdown", (e) => {
    if (e.pointerType === "mouse" && e.button === 0) from = [e.clientX + frame.scrollLeft, e.clientY + frame.scrollTop];
  });
  addEventListener("pointermove", (e) => { if (from) frame.scrollTo(from[0] - e.clientX, from[1] - e.clientY); });
  addEventListener("pointerup", () => (from = null));
  frame.addEventListener("wheel", (e) => {
    if (!e.ctrlKey) return;
    e.preventDefault();
    zoom(Math.exp(-e.deltaY / 300));
  }, { passive: false });

  return { light, mark, zoom, whole, fit };
}
