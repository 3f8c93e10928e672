"""CommonMark as plain text, for terminals and notifications."""

from collections.abc import Sequence

from adapters.shared.markdown import Node, hang, is_safe, join_blocks, markers, parse, render, words
from adapters.shared.tables import aligned, width


def plain(text: str) -> str:
    """``text`` without markup: structure is shown by space, bullets and lines. Ends without a line break."""
    return render(parse(text), _rule)


def _rule(node: Node, children: Sequence[str]) -> str:
    match node.kind:
        case "document" | "item":
            return join_blocks(node.children, children)
        case "heading":
            title = "".join(children)
            return f"{title}\n{('═' if node.level == 1 else '─') * width(title)}" if node.level < 3 else title
        case "list":
            gap = "\n" if all(item.tight for item in node.children) else "\n\n"
            return gap.join(hang(f"{marker} ", item) for marker, item in zip(markers(node), children, strict=True))
        case "quote":
            return "\n".join(f"│ {line}".rstrip() for line in join_blocks(node.children, children).split("\n"))
        case "code":
            return "\n".join(f"    {line}".rstrip() for line in node.text.split("\n"))
        case "rule":
            return "─" * 20
        case "table":
            return aligned(node)
        case "text":
            return node.text
        case "code_span":
            return f"`{node.text}`"
        case "link":
            label = "".join(children)
            same = words(node) in (node.info, node.info.removeprefix("mailto:"))
            return label if same or not is_safe(node.info) else f"{label} ({node.info})"
        case "image":
            shown = f"[image: {node.text}]" if node.text else "[image]"
            return f"{shown} ({node.info})" if is_safe(node.info) else shown
        case "break":
            return "\n"
        case "strong" | "emphasis" if node.info != "**":
            return node.info + "".join(children) + node.info  # 2*3*4 and __init__ are more often meant as written
        case "paragraph" | "strong" | "emphasis" | "strike":
            return "".join(children)
        case "row" | "cell":
            return ""  # the table was drawn as a whole
