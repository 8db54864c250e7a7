"""Questions as people type them: in other words, in fewer, in lower case, without their marks."""

import re
from random import Random

_OTHER_WORDS = {
    "en": {
        "How do I": "How can I|How to|Can you tell me how to|What is the way to|How would I",
        "How can I": "How do I|How to|Is there a way to",
        "Where are": "Where do I find|Where can I see|In which folder are",
        "Where is": "Where do I find|Where can I see",
        "What is": "What's|Explain|Tell me about|What do you mean by",
        "What does": "Why is there|Explain what",
        "Can I": "Is it possible to|May I|Am I able to|Could I",
        "pictures": "images|drawings|pics|artworks",
        "picture": "image|drawing|pic|artwork",
        "make": "create|draw|produce",
        "generate": "make|create|draw",
        "delete": "remove|throw away|get rid of",
        "change": "switch|set|choose",
        "show": "list|display",
        "stop": "cancel|interrupt|end",
        "kept": "saved|stored|put",
        "model": "AI model|network",
        "conversation": "chat",
        "shortcuts": "hotkeys|key bindings",
        "folder": "directory",
        "save": "keep|store",
    },
    "zh": {
        "怎么": "如何|怎样|要怎么|该怎么",
        "图片": "图|画|图像|作品",
        "哪里": "哪儿|什么地方|哪个位置",
        "是什么": "是什么意思|指的是什么|是啥",
        "做什么": "有什么用|干什么|是干嘛的",
        "能不能": "可不可以|可以不可以|能否",
        "我能": "我可以|我可不可以",
        "能画": "可以画",
        "能用": "可以用",
        "删除": "删掉|去掉",
        "保存": "存|放",
        "修改": "改|编辑",
        "模型": "AI 模型",
        "停止": "停下|中断",
        "有哪些": "有什么|都有什么",
        "查看": "看|看到",
    },
}
_LEADS = {
    "en": ("Please, ", "Hi, ", "Quick question: ", "I would like to know: ", "I am new here. ", "Sorry, "),
    "zh": ("请问，", "你好，", "想问一下，", "我是新手，", "不好意思，", "请教一下，"),
}


def typed(rng: Random, question: str, language: str) -> str:
    """Return a question as somebody might type it; half of the time as it is."""
    if rng.random() < 0.5:
        return question
    edge = r"\b" if language == "en" else ""
    for known, others in _OTHER_WORDS[language].items():
        if rng.random() < 0.4:
            question = re.sub(f"{edge}{known}{edge}", rng.choice(others.split("|")), question, count=1)
    words = question.split(" ")
    if language == "en" and len(words) > 4 and rng.random() < 0.3:
        question = " ".join(word for word in words if rng.random() < 0.88) or question
    if rng.random() < 0.15:
        question = rng.choice(_LEADS[language]) + question
    if rng.random() < 0.3:
        question = question.lower()
    return question.rstrip(".?!。？！") or question if rng.random() < 0.3 else question
