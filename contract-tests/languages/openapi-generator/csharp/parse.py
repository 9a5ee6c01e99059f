"""Fails if a C# file below a directory has a syntax error. A stand-in for a compiler."""

import pathlib
import sys

import tree_sitter_c_sharp
from tree_sitter import Language, Parser

parser = Parser(Language(tree_sitter_c_sharp.language()))
files = sorted(pathlib.Path(sys.argv[1]).rglob("*.cs"))
wrong = [str(file) for file in files if parser.parse(file.read_bytes()).root_node.has_error]
print(f"{len(files)} files")
if wrong or not files:
    sys.exit(f"syntax errors in {wrong}")
