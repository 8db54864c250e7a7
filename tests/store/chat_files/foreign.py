"""Export files of other programs, as small as they can be and still have everything in them."""

from typing import Any


def node(key: str, parent: str | None, role: str, *parts: Any, **fields: Any) -> dict[str, Any]:
    """One node of a ChatGPT mapping."""
    content = {"content_type": "text", "parts": list(parts)} | fields.pop("content", {})
    message = {"id": key, "author": {"role": role}, "create_time": 1700000000.5, "content": content}
    return {"id": key, "message": message | fields, "parent": parent, "children": []}


def chatgpt() -> dict[str, Any]:
    """A talk with an edited question, a call of a tool, a picture and a file."""
    picture = {
        "content_type": "image_asset_pointer",
        "asset_pointer": "file-service://file-1",
        "size_bytes": 9,
    }
    nodes = [
        {"id": "root", "message": None, "parent": None, "children": ["sys"]},
        node("sys", "root", "system", "You are ChatGPT"),
        node("q1", "sys", "user", "What is this?", picture, content={"content_type": "multimodal_text"}),
        node(
            "call", "q1", "assistant", content={"content_type": "code", "text": "search()"}, recipient="web"
        ),
        node("tool", "call", "tool", "found"),
        node("a1", "tool", "assistant", "A lighthouse.", metadata={"model_slug": "gpt-4o"}),
        node(
            "q2",
            "sys",
            "user",
            "What is that?",
            metadata={"attachments": [{"id": "f2", "name": "sea.pdf", "size": 12}]},
        ),
    ]
    return {
        "title": "Lighthouse",
        "create_time": 1700000000.0,
        "update_time": 1700000100.0,
        "mapping": {one["id"]: one for one in nodes},
        "current_node": "a1",
    }


def open_webui() -> dict[str, Any]:
    """A talk with two answers, one of them shown, and a file."""
    messages = {
        "m1": {
            "id": "m1",
            "parentId": None,
            "childrenIds": ["m2", "m3"],
            "role": "user",
            "content": "Hello 山水",
            "timestamp": 1700000000,
            "files": [{"type": "file", "name": "notes.md", "size": 5, "url": "/etc/passwd"}],
        },
        "m2": {"id": "m2", "parentId": "m1", "role": "assistant", "content": "Hi", "model": "llama3"},
        "m3": {"id": "m3", "parentId": "m1", "role": "assistant", "content": "Hey", "modelName": "Qwen"},
    }
    return {
        "id": "x",
        "title": "Greeting",
        "created_at": 1700000000,
        "updated_at": 1700000050,
        "pinned": True,
        "chat": {
            "title": "Greeting",
            "system": "Be kind.",
            "history": {"messages": messages, "currentId": "m2"},
            "messages": [],
        },
    }
