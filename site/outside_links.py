"""Links to what is not on these pages: solutions are folded into the lessons, the rest becomes plain text."""

from docutils import nodes
from sphinx import addnodes

SOLUTIONS = "solutions/"


def turn(app, document):
    for link in list(document.findall(addnodes.pending_xref)):
        path, _, anchor = link["reftarget"].partition("#")
        if link["reftype"] != "myst" or link.get("refdomain") or "/" not in path:
            continue
        name = path.removeprefix(SOLUTIONS).removesuffix(".ipynb")
        if path.startswith(SOLUTIONS) and name in app.env.found_docs:
            link["refdomain"], link["reftarget"], link["reftargetid"] = "doc", name, anchor or None
        else:
            link.replace_self(nodes.inline("", "", *link[0].children))


def setup(app):
    app.connect("doctree-read", turn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
