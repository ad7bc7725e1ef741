"""Fetch the browser libraries that the console carries, bundle the editor, and write them with their licences.

Run by whoever raises a version, with Node at hand; nobody else needs it, for what it writes is part of the repository.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
VENDOR = ROOT / "bot" / "web" / "vendor"
TEST_VENDOR = ROOT / "tests" / "web" / "vendor"
BUNDLER = "esbuild@0.28.2"
EDITOR = (
    "@codemirror/autocomplete@6.20.4", "@codemirror/commands@6.11.1", "@codemirror/lang-yaml@6.1.3",
    "@codemirror/language@6.13.1", "@codemirror/lint@6.9.8", "@codemirror/search@6.7.2", "@codemirror/state@6.7.6",
    "@codemirror/view@6.43.15", "@lezer/highlight@1.2.5",
)  # fmt: skip
PLAIN = ("htmx.org@4.0.1", "uplot@1.6.32")
FOR_TESTS = ("axe-core@4.14.1",)
FILES = (
    ("htmx.org/dist/htmx.min.js", VENDOR / "htmx.min.js"),
    ("uplot/dist/uPlot.iife.min.js", VENDOR / "uplot.min.js"),
    ("uplot/dist/uPlot.min.css", VENDOR / "uplot.min.css"),
    ("axe-core/axe.min.js", TEST_VENDOR / "axe.min.js"),
)
LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE")


def main() -> None:
    """Write everything anew and say what it weighs."""
    with tempfile.TemporaryDirectory(prefix="mediawatch-vendor-") as folder:
        place = Path(folder)
        (place / "package.json").write_text("{}")
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", *EDITOR, *PLAIN, *FOR_TESTS, BUNDLER],
            cwd=place, check=True,
        )  # fmt: skip
        modules = place / "node_modules"
        for wanted, target in FILES:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_without_map((modules / wanted).read_text(encoding="utf-8")), encoding="utf-8")
        shutil.copy(HERE / "editor.js", place / "editor.js")
        bundle = VENDOR / "codemirror.min.js"
        subprocess.run(
            [modules / ".bin" / "esbuild", "editor.js", "--bundle", "--minify", "--format=iife", "--charset=utf8",
             "--global-name=CodeMirror", "--target=es2022", "--legal-comments=none", f"--outfile={bundle}"],
            cwd=place, check=True,
        )  # fmt: skip
        _write_licences(modules, VENDOR, [name for name in _bundled(modules) if name != "axe-core"])
        _write_licences(modules, TEST_VENDOR, ["axe-core"])
    for path in sorted((*VENDOR.iterdir(), *TEST_VENDOR.iterdir())):
        sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes\n")


def _bundled(modules: Path) -> list[str]:
    """Return the names of all packages whose code is carried: the editor's own and what they need."""
    found, left = set[str](), [name.rpartition("@")[0] for name in (*EDITOR, *PLAIN)]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += json.loads((modules / name / "package.json").read_text()).get("dependencies", {})
    return sorted(found)


def _write_licences(modules: Path, target: Path, names: list[str]) -> None:
    parts = ["What this folder carries, each under its own licence. `deploy/vendor/build.py` writes it anew.\n"]
    for name in names:
        about = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
        text = next((modules / name / one for one in LICENCES if (modules / name / one).exists()), None)
        parts.append(f"{'=' * 80}\n{name} {about['version']} ({about['license']})\n{'=' * 80}\n")
        if text is not None:
            parts.append(text.read_text(encoding="utf-8").strip() + "\n")
    files = sorted(path for path in target.iterdir() if path.suffix in (".js", ".css"))
    parts.append(f"{'=' * 80}\nSHA-256\n{'=' * 80}\n")
    parts += [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in files]
    (target / "LICENSES.txt").write_text("\n".join(parts) + "\n", encoding="utf-8")


def _without_map(text: str) -> str:
    """Return a script without its pointer to a source map, which is not carried."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("//# sourceMappingURL=")) + "\n"


if __name__ == "__main__":
    main()
