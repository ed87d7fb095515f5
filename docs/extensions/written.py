"""Pages that are written at build time: a file is touched only if it has become another."""

from __future__ import annotations

from pathlib import Path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def clear(folder: Path, kept: set[Path]) -> None:
    """Remove the pages of an earlier build that this one does not write."""
    for path in folder.glob("**/*"):
        if path.is_file() and path not in kept:
            path.unlink()


def title(text: str, line: str = "=") -> list[str]:
    return [text, line * len(text), ""]


def raw(html: str) -> list[str]:
    """HTML as it is."""
    return [".. raw:: html", "", *(f"   {line}" for line in html.splitlines()), ""]
