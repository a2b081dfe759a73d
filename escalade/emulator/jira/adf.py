"""Text both ways: wiki strings of API version 2 and Atlassian documents (ADF) of version 3."""

import re
from typing import Any

from escalade.emulator.jira.model import Json

_LINK = re.compile(r"\[([^|\]\n]+)\|([^\]\n]+)\]|\[~accountid:([^\]]+)\]|\*([^*\n]+)\*|\{\{([^}\n]+)\}\}")
_MARKS = {"strong": "*", "em": "_", "strike": "-", "underline": "+"}


def is_document(value: object) -> bool:
    """Whether a JSON value is an Atlassian document."""
    return (
        isinstance(value, dict)
        and value.get("type") == "doc"
        and value.get("version") == 1
        and isinstance(value.get("content"), list)
        and all(isinstance(node, dict) and isinstance(node.get("type"), str) for node in value["content"])
    )


def to_document(text: str) -> Json:
    """Return the document of a wiki string: paragraphs, headings, lists, code blocks, links and mentions."""
    blocks = re.split(r"\n{2,}|(\{(?:code|noformat)(?::[^}]*)?\}.*?\{(?:code|noformat)\})", text, flags=re.DOTALL)
    content = [_block(block.strip("\n")) for block in blocks if block and block.strip()]
    return {"type": "doc", "version": 1, "content": content}


def _block(block: str) -> Json:
    code = re.fullmatch(r"\{(?:code|noformat)(?::[^}]*)?\}\n?(.*?)\n?\{(?:code|noformat)\}", block, flags=re.DOTALL)
    if code:
        return {"type": "codeBlock", "attrs": {}, "content": [{"type": "text", "text": code[1] or " "}]}
    heading = re.fullmatch(r"h([1-6])\. (.*)", block)
    if heading:
        return {"type": "heading", "attrs": {"level": int(heading[1])}, "content": _inline(heading[2])}
    lines = block.split("\n")
    for mark, kind in (("* ", "bulletList"), ("# ", "orderedList")):
        if all(line.startswith(mark) for line in lines):
            return {"type": kind, "content": [_item(line[2:]) for line in lines]}
    content: list[Json] = []
    for number, line in enumerate(lines):
        content += [{"type": "hardBreak"}] * bool(number) + _inline(line)
    return {"type": "paragraph", "content": content}


def _item(text: str) -> Json:
    return {"type": "listItem", "content": [{"type": "paragraph", "content": _inline(text)}]}


def _inline(text: str) -> list[Json]:
    nodes: list[Json] = []
    at = 0
    for match in _LINK.finditer(text):
        if match.start() > at:
            nodes.append({"type": "text", "text": text[at : match.start()]})
        nodes.append(_marked(match))
        at = match.end()
    if at < len(text):
        nodes.append({"type": "text", "text": text[at:]})
    return nodes


def _marked(match: re.Match[str]) -> Json:
    title, href, account, strong, code = match.groups()
    if account is not None:
        return {"type": "mention", "attrs": {"id": account, "text": "@" + account}}
    if href is not None:
        return {"type": "text", "text": title, "marks": [{"type": "link", "attrs": {"href": href}}]}
    if strong is not None:
        return {"type": "text", "text": strong, "marks": [{"type": "strong"}]}
    return {"type": "text", "text": code, "marks": [{"type": "code"}]}


def to_text(document: Json) -> str:
    """Return the wiki string of a document; unknown nodes give their text."""
    return "\n\n".join(_text_of(node) for node in document.get("content", []))


def _text_of(node: Json) -> str:
    children = node.get("content") or []
    match node.get("type"):
        case "text":
            return _mark_text(str(node.get("text", "")), node.get("marks") or [])
        case "hardBreak":
            return "\n"
        case "mention":
            return f"[~accountid:{node.get('attrs', {}).get('id', '')}]"
        case "emoji":
            return str(node.get("attrs", {}).get("shortName", ""))
        case "heading":
            return f"h{node.get('attrs', {}).get('level', 1)}. {_join(children)}"
        case "codeBlock":
            return f"{{code}}\n{_join(children)}\n{{code}}"
        case "bulletList" | "orderedList" as kind:
            mark = "* " if kind == "bulletList" else "# "
            return "\n".join(mark + _join(item.get("content") or []) for item in children)
        case "inlineCard":
            return str(node.get("attrs", {}).get("url", ""))
        case "rule":
            return "----"
    return _join(children)


def _join(nodes: list[Json]) -> str:
    return "".join(_text_of(node) for node in nodes)


def _mark_text(text: str, marks: list[Any]) -> str:
    for mark in marks:
        kind = mark.get("type")
        if kind == "link":
            text = f"[{text}|{mark['attrs']['href']}]"
        elif kind == "code":
            text = f"{{{{{text}}}}}"
        elif kind in _MARKS:
            text = f"{_MARKS[kind]}{text}{_MARKS[kind]}"
    return text


def to_html(text: str) -> str:
    """Return a wiki string as the HTML of ``renderedFields`` and ``renderedBody``, escaped."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<p>{part}</p>" for part in escaped.replace("\n", "<br/>\n").split("<br/>\n<br/>\n"))
