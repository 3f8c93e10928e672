"""CommonMark as HTML that is safe to show: for the web room and for exports."""

import re
from collections.abc import Sequence
from html import escape

from adapters.shared.markdown import Node, is_safe, parse, render

_LANGUAGE = re.compile(r"[\w+#.-]{1,32}")
_TAGS = {
    "paragraph": "p", "quote": "blockquote", "item": "li", "strong": "strong", "emphasis": "em", "strike": "s",
}  # fmt: skip


def safe_html(text: str) -> str:
    """``text`` as HTML in which everything is escaped but our own tags.

    No raw HTML, no script, no style and no picture: pictures become links, since a picture's address can carry what
    was said to a stranger. Links lead to the web or to a mailbox, open beside the page and tell nothing of it.
    """
    return render(parse(text), _rule)


def _rule(node: Node, children: Sequence[str]) -> str:
    inner = "".join(children)
    match node.kind:
        case "text":
            return escape(node.text)
        case "code_span":
            return f"<code>{escape(node.text)}</code>"
        case "code":
            language = f' class="language-{escape(node.info)}"' if _LANGUAGE.fullmatch(node.info) else ""
            return f"<pre><code{language}>{escape(node.text)}\n</code></pre>\n"
        case "link":
            return _link(node.info, inner)
        case "image":
            return _link(node.info, escape(node.text or "image"))
        case "break":
            return "<br>\n"
        case "rule":
            return "<hr>\n"
        case "heading":
            return f"<h{node.level}>{inner}</h{node.level}>\n"
        case "list":
            start = f' start="{node.level - 1}"' if node.level not in (0, 2) else ""
            return f"<ol{start}>\n{inner}</ol>\n" if node.level else f"<ul>\n{inner}</ul>\n"
        case "table":
            head, *rows = children
            body = f"<tbody>\n{''.join(rows)}</tbody>\n" if rows else ""
            return f"<table>\n<thead>\n{head}</thead>\n{body}</table>\n"
        case "row":
            return f"<tr>{inner}</tr>\n"
        case "cell":
            tag, align = "th" if node.level else "td", f' class="{node.info}"' if node.info else ""
            return f"<{tag}{align}>{inner}</{tag}>"
        case "document":
            return inner.removesuffix("\n")
        case "paragraph" if node.tight:
            return inner
        case "item" | "quote" | "paragraph":
            space = "\n" if node.kind == "quote" else ""
            return f"<{_TAGS[node.kind]}>{space}{inner}</{_TAGS[node.kind]}>\n"
        case "strong" | "emphasis" | "strike":
            return f"<{_TAGS[node.kind]}>{inner}</{_TAGS[node.kind]}>"


def _link(address: str, label: str) -> str:
    if not is_safe(address):
        return label
    return f'<a href="{escape(address)}" rel="noopener noreferrer nofollow" target="_blank">{label}</a>'
