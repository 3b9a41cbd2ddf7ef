"""Search in Chinese: words for the index, and a query cut into words that the index has."""

from pathlib import Path

import rjieba
from sphinx.search.zh import SearchChinese

# A query is cut by the index's own words: any other cut, however good, may ask for a word that is not there.
# The longest word that begins at a place wins; a particle between words is passed over; two characters or
# more that the index does not know are asked for as they are, so that nothing is found that lacks them.
SPLITTER = r"""
function splitQuery(query) {
  const index = typeof Search === "undefined" ? null : Search._index;
  const known = index ? [index.terms, index.titleterms] : [];
  const isKnown = (word) => known.some((words) => Object.hasOwn(words, word));
  const cut = (run) => {
    const words = [];
    let unknown = "";
    const passOver = () => {
      if (unknown.length > 1) words.push(unknown);
      unknown = "";
    };
    for (let start = 0; start < run.length; ) {
      let end = run.length;
      while (end > start + 1 && !isKnown(run.slice(start, end))) end -= 1;
      if (end > start + 1) {
        passOver();
        words.push(run.slice(start, end));
      } else unknown += run[start];
      start = end;
    }
    passOver();
    return words.length ? words : [run];
  };
  const runs = query.match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{Letter}\p{Number}_])+/gu) || [];
  return runs.flatMap((run) => (/\p{Script=Han}/u.test(run) ? cut(run) : [run]));
}
"""


class ChineseSearch(SearchChinese):
    """Sphinx's Chinese search with rjieba's words and the glossary's; English ones as in English pages."""

    language_name = "English"  # the page looks for a stemmer of this name, and the English one is there
    js_splitter_code = SPLITTER

    def __init__(self, options):
        super().__init__(options)
        for word in Path(options["dict"]).read_text(encoding="utf-8").split():
            rjieba.add_word(word, None, None)

    def split(self, text):
        latin = self.latin1_letters.findall(text)
        self.latin_terms.update(latin)
        return [word for word in map(str.strip, rjieba.cut_for_search(text)) if word] + latin


def setup(app):
    app.add_search_language(ChineseSearch)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
