"""The floor under the wording: phrases that a reader has to read twice, and names that mean three things.

The glossary is in CONTRIBUTING.md, "How messages are written". A test can only find what has a pattern,
so this is a floor and not the goal: the goal is a text that nobody reads twice.
"""

import ast
import collections
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# These rooms are being rewritten. The list becomes empty with them.
PENDING = ("minigrad/check/", "minigrad/view/")

PHRASES = {
    r"\bby lot\b": "say 'at random', 'random search' or 'random seed'",
    r"\bwhat arrives\b|\bfrom above\b": "say 'the upstream gradient'",
    r"\bhand(?:s|ed|ing)? on\b": "say 'passes to' or 'propagates'",
    r"(?<![Tt]here )\b(?:is|was|are) no (?!longer\b|more\b|less\b|reason\b)[a-z]": "say 'is not a ...'",
    r"\ba (?:int|array|op|integer|epoch|error|example|input|output|update|axis|empty)\b": "say 'an ...'",
    r"\bso many\b": "name the number: 'n updates', 'every n epochs'",
    r"\bthe ones? that\b": "name the thing: 'the op that ...'",
    r"\bas such\b|\bwherever\b|\bbeside\b": "say 'next to', 'with', 'where' or 'if'",
    r"\bin (?:\d+|two|three|several|both) ways\b|\bthe way through\b": "say 'along 2 paths'",
    r"\boldest first\b|\bnewest first\b|\bby age\b": "say 'in topological order' or its reverse",
    r"\bnone the worse\b|\bonce too often\b|\bunder the eyes of\b": "say plainly what happens",
    r"\bstands? (?:in|on|beside|behind|above|below|beneath|alone|where|there)\b": "say 'is' or 'follows'",
    r"\b[Ww]ho(?:ever)? wants\b": "say 'if you want'",
    r"\bwhat is (?:asked|given|shown|said|drawn|kept) is\b": "name the subject",
    r"\blands? (?:in|at|on)\b": "say 'is accumulated in'",
    r"\bpull(?:s|ed)? back\b": "say 'computes the vector-Jacobian product'",
}
OPENINGS = {
    r"Of (?!course\b)": "open with the subject, not with 'Of'",
    r"What (?![^.:;]*\?)": "open with the subject, not with 'What'",
    r"Whoever |Whatever ": "open with the subject",
    r"How (?:many|far|often|much|long) (?![^.:;]*\?)": "open with the noun: 'Number of ...'",
}
LONGEST = 30
"""Most words of a sentence. Good ones have at most 25; a longer one has two ideas."""


# ---- where text is ----


def python_texts(source):
    """(line, text) of every docstring, comment and string of several words."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#: ")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(
                part.value if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        else:
            continue
        if text.count(" ") > 2:
            yield node.lineno, text


def prose_texts(source):
    """(line, text) of each paragraph, without what is code."""
    source = re.sub(r"```.*?```", lambda m: "\n" * m[0].count("\n"), source, flags=re.S)
    line = 1
    for paragraph in source.split("\n\n"):
        if not paragraph.lstrip("\n").startswith(("    ", "|", ".. ", "   ")):
            yield line, paragraph
        line += paragraph.count("\n") + 2


def sources():
    for folder in ("minigrad", "models", "tutorials", "benchmarks", "experiments", "docs"):
        yield from (ROOT / folder).rglob("*.py")
    yield from ROOT.glob("*.md")
    for pattern in ("*.rst", "*.md"):
        yield from (path for path in (ROOT / "docs").glob(pattern))


SOURCES = sorted(
    path for path in sources() if not path.relative_to(ROOT).as_posix().startswith(PENDING)
)


# ---- what is wrong with it ----


def sentences(text):
    """The sentences of a text, without code in backquotes, markup, and lines of tables."""
    text = re.sub(r"<[^>]*>", "", text)
    text = re.sub(r"`+[^`]*`+", "x", text)
    for block in re.split(r"\n\s*\n|\n\s*[-*|] ", text):
        if not re.search(r"\S   +\S", block):  # columns are a table
            yield from re.split(r"(?<=[.?!:;])\s+", " ".join(block.split()))


def complaints(text):
    """What a reader would stumble over, with the remedy."""
    flowing = " ".join(re.sub(r"`+[^`]*`+", "x", text).split())
    for pattern, remedy in PHRASES.items():
        if match := re.search(pattern, flowing):
            yield f"{match[0]!r}: {remedy}"
    for sentence in sentences(text):
        for pattern, remedy in OPENINGS.items():
            if re.match(pattern, sentence):
                yield f"{sentence[:40]!r}: {remedy}"
        if (count := len(re.findall(r"[A-Za-z]{2,}", sentence))) > LONGEST:
            yield f"{sentence[:40]!r}: {count} words; make two sentences of it"


def faults(path):
    source = path.read_text(encoding="utf-8")
    texts = python_texts(source) if path.suffix == ".py" else prose_texts(source)
    for line, text in texts:
        for complaint in complaints(text):
            yield f"{path.relative_to(ROOT).as_posix()}:{line}: {complaint}"


def test_no_sentence_is_read_twice():
    found = [fault for path in SOURCES for fault in faults(path)]
    assert not found, f"{len(found)} sentences:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "The seed of everything drawn by lot.",
        "It multiplies what arrives from above.",
        "a int is no run; record one",
        "Of fewer elements nothing is said.",
        "What the check draws at random.",
        "x reaches the output in 2 ways",
        "How many elements a Jacobian may have.",
        "word " * 50 + ".",
    ],
)
def test_a_planted_sentence_is_found(text):
    assert list(complaints(text))


@pytest.mark.parametrize(
    "text",
    [
        "There is no such folder.",
        "It is no longer needed.",
        "What is a gradient? How many paths are there?",
        "The upstream gradient `what arrives` is multiplied.",
    ],
)
def test_a_plain_sentence_is_not(text):
    assert not list(complaints(text))


# ---- one name, one meaning ----

MOST_MODULES = 3


def definitions():
    """Public functions and classes at the top of each module of the package, by name."""
    found = collections.defaultdict(list)
    for path in sorted((ROOT / "minigrad").rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if not where.startswith(PENDING):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_":
                    found[node.name].append(where)
    return found


def test_a_name_is_defined_in_at_most_three_modules():
    often = {name: where for name, where in definitions().items() if len(where) > MOST_MODULES}
    assert not often, (
        f"a name that is defined in many modules means something else in each: {often}"
    )
