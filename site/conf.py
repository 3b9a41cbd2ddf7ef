"""Sphinx's configuration of the web edition; `imgrec site` calls Sphinx once a language."""

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "Image Recognition, Precise and Complete"
author = "the course's authors"
extensions = ["myst_nb", "chinese_search", "outside_links"]
root_doc = "index"
exclude_patterns = ["extra", "static", "templates"]
templates_path = ["templates"]

# The notebooks come executed. What JupyterLab does not read as markup is none here either.
nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js = {}
nb_render_text_lexer = "none"
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_dmath_double_inline = True
myst_disable_syntax = ["myst_block_break", "myst_line_comment", "myst_role", "myst_target"]
myst_heading_anchors = 4
smartquotes = False

mathjax_path = "tex-svg.js"

html_theme = "sphinx_book_theme"
html_theme_options = {
    "back_to_top_button": False,
    "extra_footer": "",
    "footer_content_items": ["licence.html"],
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "pygments_dark_style": "a11y-high-contrast-dark",
    "pygments_light_style": "a11y-high-contrast-light",
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
}
html_context = {
    "default_mode": "auto",
    "words": tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8")),
}
html_static_path = ["static"]
html_extra_path = ["extra"]
html_css_files = ["course.css"]
html_js_files = [("course.js", {"defer": "defer"}), ("explorers.js", {"defer": "defer"})]
html_search_options = {"dict": str(HERE / "glossary.txt")}
html_copy_source = False
html_show_sourcelink = False
html_domain_indices = False
html_use_index = False
html_permalinks_icon = "#"
