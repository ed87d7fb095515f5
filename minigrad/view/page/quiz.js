// The quiz: a gradient is hidden until the reader has found it, or has asked to be shown.

function quizOf(put, now, again) {
  const solved = new Set();
  const quiz = { on: false, show, hides: (step) => quiz.on && step.quiz !== null && !solved.has(step) };
  return quiz;

  function show() {
    const step = now();
    if (!quiz.on) return put("quiz");
    if (!step.quiz) return put("quiz", make("p", {}, "Go on: the next gradient is yours to find."));
    const { label, answer } = step.quiz, correct = make("b", {}, "Correct. ");
    if (solved.has(step)) return put("quiz", make("p", { class: "correct" }, correct, `${label} = ${digits(answer, "float32")}`));
    const input = make("input", { name: "answer", autocomplete: "off", "aria-label": "Your answer", placeholder: "3*2 + 1" });
    const reveal = make("button", { type: "button", class: "show-me" }, "Show me");
    const verdict = make("p", { class: "verdict", role: "status" });
    const form = make("form", {}, input, make("button", {}, "Answer"), reveal, verdict);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const said = judged(step.quiz, calculated(input.value));
      if (said) verdict.textContent = said;
      else solve(step);
    });
    reveal.addEventListener("click", () => solve(step));
    put("quiz", form);
  }
  function solve(step) {
    solved.add(step);
    again();
  }
}

// What is wrong with a number that was given as the answer; nothing if it is correct.
function judged({ answer, bound, mistakes, label }, given) {
  if (!Number.isFinite(given)) return "Give a number, as 0.25, or arithmetic, as 1/4 or 3*2 + 1.";
  if (Math.abs(given - answer) <= bound) return "";
  const mistake = mistakes.find(([wrong, , within]) => Math.abs(given - wrong) <= within);
  return mistake ? `Not quite. ${mistake[1]}` : `No. Look at the formula again, and at the numbers that go into ${label}.`;
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
