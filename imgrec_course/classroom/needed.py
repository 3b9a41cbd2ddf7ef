"""Which statements of a notebook an exercise needs: its definition and what that depends on.

A notebook is read as it would run from top to bottom. Of the name that an exercise asks for the last
definition counts; with it come, in their order, the top-level statements that define the names it uses
when it is defined or when it is called, and what those use in turn. Nothing else of the notebook is run:
no training, no plot, no download.
"""

import ast
import builtins
import re
import symtable
from dataclasses import dataclass

MAGIC = re.compile(r"^(\s*)(?:%|!|\?|\w[\w.]*\?{1,2}\s*$)")
RUN_AS_CODE = ("%%time", "%%timeit", "%%capture", "%%prun")


@dataclass(frozen=True)
class Statement:
    """One top-level statement of a notebook and what it does to names.

    cell       number of its cell
    node       its syntax tree
    binds      names that it defines
    changes    names whose object it changes: ``table["a"] = 1``, ``numbers.append(2)``
    at_once    names that it reads when it runs
    later      names that are read when what it defines is called
    """

    cell: int
    node: ast.stmt
    binds: frozenset
    changes: frozenset
    at_once: frozenset
    later: frozenset


def read_cell(source):
    """The syntax tree of a cell's text, IPython's own lines left out; SyntaxError when it has none."""
    lines = source.splitlines()
    if lines and lines[0].lstrip().startswith("%%"):
        if not lines[0].lstrip().startswith(RUN_AS_CODE):
            return ast.parse("")  # another language
        lines[0] = ""
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        kept = [MAGIC.sub(r"\1pass  # ", line) if MAGIC.match(line) else line for line in lines]
        return ast.parse("\n".join(kept))


def unreadable(cells, name):
    """The last error of syntax in a cell that would define a name; None when there is none."""
    defines = re.compile(
        rf"^(?:(?:async )?def|class) {re.escape(name)}\b|^{re.escape(name)} *=", re.MULTILINE
    )
    found = None
    for source in cells:
        if defines.search(source):
            try:
                read_cell(source)
            except (SyntaxError, ValueError) as error:
                found = error
    return found


def statements(cells):
    """All top-level statements of a notebook's code cells (texts), those without syntax left out."""
    found = []
    for number, source in enumerate(cells):
        try:
            tree = read_cell(source)
        except (SyntaxError, ValueError):
            continue
        found += [described(number, node) for node in tree.body]
    return found


def described(cell, node):
    """A statement with the names that it binds, changes and reads."""
    table = symtable.symtable(ast.unparse(ast.Module([node], [])), "cell", "exec")
    symbols = table.get_symbols()
    binds = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    at_once = {symbol.get_name() for symbol in symbols if symbol.is_referenced()}
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        at_once.add(node.target.id)
    later, waiting = set(), list(table.get_children())
    while waiting:
        inner = waiting.pop()
        waiting += inner.get_children()
        for symbol in inner.get_symbols():
            if symbol.is_global():
                (binds if symbol.is_declared_global() and symbol.is_assigned() else later).add(
                    symbol.get_name()
                )
    return Statement(
        cell, node, frozenset(binds), frozenset(changed(node)), frozenset(at_once), frozenset(later)
    )


def changed(node):
    """Names whose object a simple statement changes without binding them anew."""
    targets = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        targets = [node.value.func] if isinstance(node.value.func, ast.Attribute) else []
    for target in targets:
        inner = target
        while isinstance(inner, ast.Attribute | ast.Subscript):
            inner = inner.value
        if inner is not target and isinstance(inner, ast.Name):
            yield inner.id


def needed(found, name):
    """The statements among ``found`` that the name's last definition needs, in their order.

    Empty when nothing defines the name.
    """
    chosen, asked = set(), set()
    waiting = [(name, len(found))]
    while waiting:
        wanted, end = waiting.pop()
        if (wanted, end) in asked:
            continue
        asked.add((wanted, end))
        places = [place for place in range(end) if wanted in found[place].binds]
        if not places:
            if not hasattr(builtins, wanted):
                places = [place for place in range(end) if "*" in starred(found[place].node)]
            if not places:
                continue
        start = places[-1]
        changes = (place for place in range(start + 1, end) if wanted in found[place].changes)
        for place in (*(places if "*" in starred(found[start].node) else [start]), *changes):
            chosen.add(place)
            waiting += [(other, place) for other in found[place].at_once]
            waiting += [(other, when) for other in found[place].later for when in (place, len(found))]
    return [found[place] for place in sorted(chosen)]


def starred(node):
    """{"*"} for ``from module import *``."""
    return {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
