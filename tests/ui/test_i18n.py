"""Every English string has Chinese words, and no Chinese words stand for a string that is gone."""

import ast
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

import studio
from studio.cli import chat_commands
from studio.core import errors, sheet_language
from studio.core.job_checks import SAMPLING_RANGES
from studio.core.messages import Note
from studio.core.paths import resources_dir
from studio.core.records import Problem
from studio.engine import deaths
from studio.session import edit_apply, edit_stroke
from studio.store import prompt_files
from studio.ui import cache_words, context_words, edit_words, i18n, sheet_words
from studio.ui.i18n import Language, hint_of, plural, read_entries, sentence_of, sentence_of_note, tr

SOURCE = Path(studio.__file__).parent
FOLDER = resources_dir() / "i18n" / "zh_CN"
ENTRIES = read_entries(FOLDER)
# Where English stands among the positional arguments of what translates it.
ENGLISH_AT = {
    "tr": (0,),
    "plural": (2,),
    "say": (0,),
    "tell": (0,),
    "notify": (0,),
    "undoable": (0,),
    "offer": (0, 1),
    "show_text": (0,),
    "Action": (0,),
    "Button": (0,),
    "call": (1,),
    "CheckBox": (0,),
    "ColourButton": (0,),
    "Combo": (0,),
    "ElidedLabel": (0,),
    "EmptyState": (1, 2, 3),
    "Entry": (1, 2),
    "Header": (0,),
    "IconButton": (1,),
    "Label": (0,),
    "NumberField": (0,),
    "PickList": (1, 2),
    "PictureGrid": (0,),
    "PlaceRow": (0,),
    "PromptEdit": (0,),
    "PromptEditor": (0,),
    "SearchField": (0,),
    "Section": (0,),
    "Segment": (0,),
    "Setting": (1,),
    "SettingGroup": (0,),
    "SettingRow": (0, 1),
    "Sheet": (1,),
    "Stepper": (0, 1),
    "TextField": (0,),
    "TextSection": (0, 1),
    "SideFields": (2,),
    "SliderField": (0,),
    "WholeNumberField": (0,),
    "commit": (0,),
    "__init__": (),  # of a sheet that is a kind of another, by name
    "_PlaceRow": (0,),
    "_action": (0,),
    "_labelled": (0,),
    "_of_layer": (0,),
    "_section": (0,),
}
ENGLISH_NAMED = ("action_label", "empty", "english", "label", "note", "tip")


def _texts(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from _texts(node.body)
            yield from _texts(node.orelse)
        case _:
            return


def _nodes(file: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(file.read_text("utf-8")))


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _english_in(file: Path) -> Iterator[str]:
    for node in _nodes(file):
        if isinstance(node, ast.Call) and (places := ENGLISH_AT.get(_called(node))) is not None:
            for place in places:
                if place < len(node.args):
                    yield from _texts(node.args[place])
            for keyword in node.keywords:
                if keyword.arg in ENGLISH_NAMED:
                    yield from _texts(keyword.value)


def _leaves(error: type[errors.StudioError]) -> Iterator[type[errors.StudioError]]:
    if not error.__subclasses__():
        yield error
    for child in error.__subclasses__():
        yield from _leaves(child)


def _spoken() -> set[str]:
    """Every English string that a person may read."""
    said = {text for file in SOURCE.rglob("*.py") for text in _english_in(file)}
    for error in _leaves(errors.StudioError):
        said |= {error.template, error.hint}
    said |= {*i18n.STAGES.values(), *i18n.STAGES_INSIDE.values(), *i18n.NOTES.values(), *i18n.VALUES}
    said |= {*i18n.FILLED_BY.values(), *i18n.DRAFT_CAUSES.values()}
    said |= {*i18n.SETTINGS.values(), *sheet_words.STATES.values(), *cache_words.LIKENESS.values()}
    said |= {*prompt_files.CAUSES, *context_words.PARTS.values()}
    said |= {command.about for command in chat_commands.COMMANDS.values()}
    said |= {*edit_words.RUN.values(), *edit_words.PROMPTS.values(), *edit_words.LINEAGE.values()}
    said |= {words for name, _, sentence in edit_words.TOOLS.values() for words in (name, sentence)}
    said |= {*edit_words.LOST.values(), *edit_words.ORIGINS.values()}
    said |= {words for words, _ in (*edit_words.OPERATIONS, *edit_words.FILLS, *edit_words.CANVAS_KEYS)}
    said |= {*i18n.NUMBERED.values(), *edit_stroke.LABELS.values(), *edit_apply.NAMES.values()}
    said |= {*deaths.CRASHES.values(), *deaths.WINDOWS_CRASHES.values(), deaths.GARBLED}
    return {text for text in said if any(letter.isalpha() for letter in text)}


def _constants() -> set[str]:
    found: set[str] = set()
    for file in SOURCE.rglob("*.py"):
        for node in _nodes(file):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def test_every_string_has_chinese_words():
    assert sorted(_spoken() - ENTRIES.keys()) == []


def test_no_chinese_words_are_left_over():
    assert sorted(ENTRIES.keys() - _constants()) == []


def test_one_string_means_the_same_in_every_file():
    ways: dict[str, set[str]] = {}
    for file in FOLDER.glob("*.toml"):
        for english, chinese in tomllib.loads(file.read_text("utf-8")).items():
            ways.setdefault(english, set()).add(chinese)
    assert {english: words for english, words in ways.items() if len(words) > 1} == {}


def test_both_languages_name_the_same_params():
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    assert {text for text, chinese in ENTRIES.items() if fields(text) != fields(chinese)} == set()


def _names_of_values() -> Iterator[str]:
    """What the sources call the values that they refuse as out of range, where they say it there."""
    for file in SOURCE.rglob("*.py"):
        for node in _nodes(file):
            if isinstance(node, ast.Call):
                if _called(node) == "_check_range":
                    yield from _texts(node.args[0])
                elif _called(node) == "ValueOutOfRange":
                    for keyword in node.keywords:
                        yield from _texts(keyword.value) if keyword.arg == "name" else ()


def test_every_value_that_can_be_out_of_range_has_a_name_in_both_languages():
    names = set(_names_of_values()) | {name for name, _, _ in sheet_language.LIMITS.values()}
    names |= {name for name, _, _ in SAMPLING_RANGES.values()}
    assert names >= {"steps", "strength", "second pass scale"}
    assert sorted(names - set(i18n.VALUES)) == []


def test_whatever_a_worker_notes_has_a_sentence():
    noted: set[str] = set()
    for file in (SOURCE / "runtime").rglob("*.py"):
        for node in _nodes(file):
            if isinstance(node, ast.Call) and _called(node) == "note" and node.args:
                noted |= set(_texts(node.args[0]))
    assert noted >= {"cache_unused", "offloaded_layers"}
    assert sorted(noted - i18n.NOTES.keys()) == []


@pytest.fixture
def language(qapp):
    made = Language(qapp, "en")
    yield made
    made.choose("en")
    made.deleteLater()


def test_language_switches_at_once_and_back(qtbot, language):
    from studio.ui.widgets.labels import Label

    label = Label("Settings")
    qtbot.addWidget(label)
    language.choose("zh")
    qtbot.waitUntil(lambda: label.text() == "设置")
    assert plural(1, "{n} picture", "{n} pictures") == "1 张图片"
    language.choose("en")
    qtbot.waitUntil(lambda: label.text() == "Settings")
    assert plural(1, "{n} picture", "{n} pictures") == "1 picture"


def test_qt_asks_nothing_written_in_python_for_words(language):
    """It does so in any thread, under locks that another thread may wait for with Python's lock in hand."""
    language.choose("zh")
    translators = language.findChildren(QTranslator)
    assert translators and all(type(one) is QTranslator for one in translators)
    assert QCoreApplication.translate("studio", "Settings") == "Settings" and tr("Settings") == "设置"


def test_numbered_names_of_layers_are_translated_and_those_of_a_person_are_not(language):
    names = ("Layer 3", "Mask 1", "Text 12", "Instruction", "Layer", "Layer x", "My 3")
    assert [i18n.layer_words(name) for name in names] == [*names]
    language.choose("zh")
    shown = [i18n.layer_words(name) for name in names]
    assert shown == ["图层 3", "蒙版 1", "文字 12", "指令", "Layer", "Layer x", "My 3"]


def test_errors_and_notes_become_sentences_in_both_languages(language):
    problem = Problem(code="memory_exhausted", params={"phase": "decoding"})
    out_of_range = errors.ValueOutOfRange(name="steps", value=0, least=1, most=1000)
    note = Note(code="sampling_unused", params={"name": "top-k"})
    assert sentence_of(problem) == "Memory ran out while decoding."
    assert sentence_of_note(note) == "This model does not use top-k."
    unread = [Note(code="pictures_unread", params={"count": count}) for count in (1, 2)]
    assert [sentence_of_note(one).partition("so ")[2] for one in unread] == [
        "the picture was not read.",
        "2 pictures were not read.",
    ]
    failed = Note(
        code="second_pass_failed", params=errors.cause_params(errors.MemoryExhausted(phase="decoding"))
    )
    cache = Note(code="cache_unused", params={"cache": "first_block"})
    first = "The second pass failed, so the picture is that of the first. Memory ran out while decoding."
    assert sentence_of_note(failed) == first
    assert sentence_of_note(cache) == "This model cannot use the speed cache First block."
    unread = Note(code="pictures_unread", params={"count": 1})
    assert sentence_of_note(unread) == "This model cannot see, so the picture was not read."
    language.choose("zh")
    assert sentence_of_note(unread) == "这个模型不能看图，有 1 张图片未读取。"
    assert sentence_of_note(failed) == "二次生成失败，保留的是首次生成的图片。解码时内存不足。"
    assert sentence_of_note(cache) == "这个模型不能使用加速缓存 首块缓存。"
    assert sentence_of(problem) == "解码时内存不足。"
    crash = errors.WorkerCrashed(cause="segmentation fault")
    assert sentence_of(crash) == "引擎崩溃了（段错误）。"
    off = errors.WorkerUnavailable.after(crash, "/log")
    assert sentence_of(Problem(code=off.code, params=off.params)) == "引擎无法启动。引擎崩溃了（段错误）。"
    assert sentence_of(out_of_range) == "步数为 0，必须在 1 到 1000 之间。"
    assert sentence_of_note(note) == "这个模型不使用 top-k。"
    pipe = errors.WildcardUnopened(path="/a/pipe.txt", cause="it is no ordinary file")
    assert sentence_of(pipe) == "无法打开通配符文件 /a/pipe.txt（它不是普通文件）。"
    large = errors.WildcardTooLarge(path="/a/huge.txt", most_bytes=16 << 20)
    assert sentence_of(large) == "通配符文件 /a/huge.txt 未被采用：它超过了 16.0 MB。"
    assert hint_of(errors.PromptEmpty()) == "用几个词描述一下画面。"
    assert tr("a person's own words stay as they are") == "a person's own words stay as they are"
