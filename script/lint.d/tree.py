"""What the rules share: the files of the tree in the current folder, and how a finding is printed.

A rule runs in the root of a tree, prints `file:line: rule: what to do` for each finding, and ends
with exit code 1 when there was one. One line is excused from a rule by a comment on it that says
why: `lint: RULE: because ...`.
"""
import os
import pathlib
import re
import sys

SKIPPED = re.compile(r"build.*|\.git|node_modules|__pycache__|\.pytest_cache")


def files(*suffixes):
    """Files with one of the suffixes, as sorted pathlib paths relative to the root."""
    found = []
    for folder, subfolders, names in os.walk("."):
        subfolders[:] = [d for d in subfolders if not SKIPPED.fullmatch(d)]
        found += [pathlib.Path(folder, name) for name in names if name.endswith(suffixes)]
    return sorted(found)


def scripts(interpreter):
    """Files without suffix whose first line names the interpreter, under script/ and .ci/."""
    return [p for p in files("") if p.parts[0] in ("script", ".ci") and not p.suffix
            and re.match(rb"#!.*\b" + interpreter.encode() + rb"\d*\s", p.read_bytes()[:80])]


def code_of(text):
    """C text with comments and the insides of strings blanked; lines stay where they are."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(pattern, blank, text, flags=re.S)


class Findings:
    def __init__(self, rule):
        self.rule = rule
        self.count = 0

    def add(self, path, line, what, text=""):
        """`text` is the line found fault with, where it can be excused."""
        if re.search(rf"\blint: {self.rule}: \S", text):
            return
        print(f"{path}:{line}: {self.rule}: {what}")
        self.count += 1

    def exit(self):
        sys.exit(1 if self.count else 0)
