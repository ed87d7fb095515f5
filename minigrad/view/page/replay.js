// What if: the recorded operations, computed again in the browser from other inputs.
// A gradient rule is the expression tree that was read from the Python rule, so the two cannot drift apart;
// the table below says what its functions do to numbers.

// e^(-x²) without the rounding of x²: its leading digits are squared apart.
const gauss = (x) => {
  const h = Math.fround(x);
  return Math.exp(-h * h) * Math.exp(-(x - h) * (x + h));
};

// A series of positive terms up to 2, the continued fraction of 1 - erf beyond.
const erf = (x) => {
  const a = Math.abs(x), scale = gauss(a) / Math.sqrt(Math.PI);
  if (a > 6) return Math.sign(x);
  if (a <= 2) {
    let term = 2 * a, sum = term;
    for (let n = 1; term > sum * 1e-17; n++) sum += term *= (2 * a * a) / (2 * n + 1);
    return Math.sign(x) * scale * sum;
  }
  let f = a;
  for (let n = 80; n > 0; n--) f = a + n / 2 / f;
  return Math.sign(x) * (1 - scale / f);
};

const power = (x, y) => (y === 2 ? x * x : y === 0.5 ? Math.sqrt(x) : x === 1 ? 1 : Math.pow(x, y));
const larger = (x, y) => (Number.isNaN(x + y) ? NaN : Math.max(x, y));
const smaller = (x, y) => (Number.isNaN(x + y) ? NaN : Math.min(x, y));

// `r` rounds to the dtype of the graph: Math.fround for float32. What is made of several operations
// rounds each, as numpy does.
const FUNCTIONS = (r) => {
  const cdf = (x) => r(0.5 * r(1 + r(erf(r(x * r(Math.sqrt(0.5)))))));
  return {
    add: (x, y) => x + y,
    sub: (x, y) => x - y,
    mul: (x, y) => x * y,
    div: (x, y) => x / y,
    neg: (x) => -x,
    pow: power,
    exp: Math.exp,
    log: Math.log,
    log1p: Math.log1p,
    expm1: Math.expm1,
    sqrt: Math.sqrt,
    sin: Math.sin,
    cos: Math.cos,
    tanh: Math.tanh,
    sigmoid: (x) => { const z = r(Math.exp(-Math.abs(x))); return (x >= 0 ? 1 : z) / r(1 + z); },
    softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    erf,
    abs: Math.abs,
    sign: Math.sign,
    maximum: larger,
    minimum: smaller,
    clip: (x, { min, max }) => smaller(larger(x, r(min ?? -Infinity)), r(max ?? Infinity)),
    relu: (x) => larger(x, 0),
    leaky_relu: (x, { negative_slope: slope }) => (x > 0 ? x : r(slope) * x),
    elu: (x, { alpha }) => (x > 0 ? x : r(alpha) * r(Math.expm1(Math.min(x, 0)))),
    gelu: (x) => x * cdf(x),
    where: (condition, x, y) => (condition ? x : y),
    greater: (x, y) => x > y,
    greater_equal: (x, y) => x >= y,
    less: (x, y) => x < y,
    less_equal: (x, y) => x <= y,
    equal: (x, y) => x === y,
    not_equal: (x, y) => x !== y,
    and: (x, y) => x && y,
    or: (x, y) => x || y,
    not: (x) => !x,
    same: (x) => x,
  };
};

// A tree is a number, the name of an argument, or [function, ...trees, parameters].
function computed(tree, names, functions, round) {
  if (typeof tree === "number" || typeof tree === "boolean") return tree;
  if (typeof tree === "string") return tree in names ? names[tree] : Number(tree);
  const [name, ...rest] = tree;
  // Python's own numbers have double precision; where they meet an array they take on that of the array.
  const ofArrays = rest.some((x) => !isParameters(x) && !isNumber(x));
  const fit = (x) => (typeof x === "number" && ofArrays ? round(x) : x);
  const inputs = rest.map((x) => (isParameters(x) ? x : fit(computed(x, names, functions, round))));
  return fit(functions[name](...inputs));
}
const isParameters = (x) => typeof x === "object" && !Array.isArray(x);
const isNumber = (x) =>
  typeof x === "number" || (Array.isArray(x) && x.slice(1).every((y) => isParameters(y) || isNumber(y)));

// The values of all nodes, and for each step what is known by then of the gradient it is about.
function replay(program, inputs) {
  const round = program.dtype === "float32" ? Math.fround : (x) => x;
  const functions = FUNCTIONS(round), values = {}, steps = [], landed = {};
  let sent = {}, gradients = {};
  for (const step of program.steps) {
    const at = {};
    if (step.kind === "input") {
      at.result = values[step.key] = round(step.key in inputs ? inputs[step.key] : Number(step.value));
    } else if (step.kind === "forward") {
      at.names = named(step, values);
      at.result = values[step.key] = computed(program.trees[step.tree], at.names, functions, round);
    } else if (step.kind === "seed") {
      if (step.first) [sent, gradients] = [{}, {}];
      receive(step.key, (at.result = Number(step.value)));
    } else if (step.kind === "contribution") {
      at.names = { ...named(step, values), g: gradients[step.key], out: values[step.key] };
      const g = computed(program.trees[step.tree], at.names, functions, round);
      at.result = round(Number(g));
      receive(step.to, at.result);
    } else if (step.kind === "accumulate") {
      [at.before, at.g] = [gradients[step.key], sent[step.key]];
      at.result = gradients[step.key] = round(at.before + at.g);
    } else if (step.kind === "land") {
      [at.before, at.g] = [landed[step.key], gradients[step.key]];
      at.result = landed[step.key] = at.before === undefined ? at.g : round(at.before + at.g);
    } else {
      at.result = gradients[step.to ?? step.key];
    }
    steps.push(at);
  }
  return { values, steps, landed };

  function receive(key, g) {
    sent[key] = g;
    if (!(key in gradients)) gradients[key] = g;
  }
  function named(step, values) {
    const names = {};
    for (const [name, key, number] of step.inputs) names[name] = key === null ? Number(number) : values[key];
    return names;
  }
}
