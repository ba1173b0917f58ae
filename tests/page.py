"""
A page as a test looks at it: well-formed or not, its parts, its text.

    page = Page(reply.body)
    same(page.problems, [], "well-formed")
    page.rows("checks")
"""

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br"}
# SVG's, which may close themselves.
SELF_CLOSING = {"rect", "path"}
ALLOWED = VOID | SELF_CLOSING | set(
    "html head title script body a header nav main footer section h1 h2 h3 p"
    " ul li dl dt dd div span strong small code pre table caption thead tbody"
    " tr th td form label textarea button details summary time svg text"
    .split())
BLOCKS = {"p", "ul", "dl", "div", "table", "form", "h1", "h2", "h3", "pre",
          "section", "details"}


class Element:
    def __init__(self, name, attributes, parent):
        self.name = name
        self.attributes = attributes
        self.parent = parent
        self.children = []  # elements and text

    def text(self):
        return " ".join("".join(self._texts()).split())

    def text_as_is(self):
        return "".join(self._texts())

    def _texts(self):
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    def all(self, *names):
        """What is in it, in the order of the text."""
        for child in self.children:
            if isinstance(child, Element):
                if not names or child.name in names:
                    yield child
                yield from child.all(*names)


class Page(HTMLParser):
    """`problems` is what is wrong with it, [] when nothing is."""

    def __init__(self, body):
        super().__init__(convert_charrefs=True)
        self.source = body.decode()  # UTF-8, or it raises
        self.problems = []
        self.root = self.here = Element("", {}, None)
        self.feed(self.source)
        self.close()
        if self.here is not self.root:
            self.problems.append(f"<{self.here.name}> is not closed")
        self._check()

    # --- the parser's ------------------------------------------------------

    def handle_decl(self, decl):
        if decl != "DOCTYPE html" or self.root.children:
            self.problems.append(f"<!{decl}>")

    def handle_starttag(self, name, attributes):
        if len(dict(attributes)) < len(attributes):
            self.problems.append(f"<{name}>: an attribute twice")
        if name not in ALLOWED:
            self.problems.append(f"<{name}> is not one of ours")
        if name in BLOCKS and self._is_inside("p"):
            self.problems.append(f"<{name}> inside <p>")
        element = Element(name, dict(attributes), self.here)
        self.here.children.append(element)
        if name not in VOID:
            self.here = element

    def handle_startendtag(self, name, attributes):
        if name not in SELF_CLOSING:
            self.problems.append(f"<{name}/>")
        self.handle_starttag(name, attributes)
        if name not in VOID:
            self.here = self.here.parent

    def handle_endtag(self, name):
        if self.here.name != name:
            self.problems.append(f"</{name}> ends <{self.here.name}>")
        if self.here.parent is not None:
            self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)

    def handle_comment(self, data):
        self.problems.append("a comment")

    def unknown_decl(self, data):
        self.problems.append(f"<![{data}")

    def _is_inside(self, name):
        element = self.here
        while element is not None:
            if element.name == name:
                return True
            element = element.parent
        return False

    # --- what must hold ----------------------------------------------------

    def _check(self):
        ids = [e.attributes["id"] for e in self.all() if "id" in e.attributes]
        if len(set(ids)) < len(ids):
            self.problems.append("an id twice")
        for element in self.all():
            self._check_attributes(element, ids)
        levels = [int(e.name[1]) for e in self.all("h1", "h2", "h3")]
        if levels.count(1) != 1 or levels[0] != 1 or any(
                b > a + 1 for a, b in zip(levels, levels[1:])):
            self.problems.append(f"headings {levels}")
        if len(list(next(self.all("head")).all("title"))) != 1:
            self.problems.append("no title")
        for name in "html", "head", "body", "header", "main", \
                "footer":
            if len(list(self.all(name))) != 1:
                self.problems.append(f"not one <{name}>")

    def _check_attributes(self, element, ids):
        a = element.attributes
        for name, value in a.items():
            if name.startswith("on") or name == "style":
                self.problems.append(f"<{element.name} {name}>")
            if name in ("href", "src", "action") and \
                    not value.startswith(("/", "#")):
                self.problems.append(f"leads elsewhere: {value}")
            if name in ("for", "aria-labelledby", "aria-describedby") and \
                    value not in ids:
                self.problems.append(f"{name} of nothing: {value}")
        if element.name in ("script", "style") and element.text():
            self.problems.append("inline script or style")
        if element.name in ("input", "textarea") and \
                a.get("type") != "hidden" and a.get("id") not in [
                    e.attributes.get("for") for e in self.all("label")]:
            self.problems.append(f"<{element.name}> without a label")

    # --- what is in it -----------------------------------------------------

    def all(self, *names):
        return self.root.all(*names)

    def text(self):
        return self.root.text()

    def title(self):
        return next(self.all("title")).text()

    def heading(self):
        return next(self.all("h1")).text()

    def headings(self):
        return [e.text() for e in self.all("h2")]

    def below(self, heading):
        """All elements after the <h2> with this id, up to the next one."""
        found = False
        for element in self.all():
            if element.name == "h2":
                found = element.attributes.get("id") == heading
            elif found:
                yield element

    def rows(self, heading):
        """The cells of the tables below a heading, without <thead>."""
        return [[cell.text() for cell in row.all("th", "td")]
                for row in self.below(heading)
                if row.name == "tr" and row.parent.name == "tbody"]

    def rows_of_table(self):
        """The cells of the page's only table."""
        return [[cell.text() for cell in row.all("th", "td")]
                for row in next(self.all("tbody")).all("tr")]

    def terms(self, heading=None):
        """{term: what stands beside it} of <dl>, the term's first word."""
        elements = list(self.all() if heading is None
                        else self.below(heading))
        terms = [e for e in elements if e.name == "dt"]
        values = [e for e in elements if e.name == "dd"]
        assert len(terms) == len(values)
        return {"".join(c for c in t.children if isinstance(c, str)).strip():
                v for t, v in zip(terms, values)}

    def links(self):
        return [e.attributes["href"] for e in self.all("a")]
