"""What is found in conversations: newest first, in pages, with the words in their place."""

import pytest

from studio.core.conversations import Attachment
from studio.core.ids import new_id
from studio.store import chat_search
from studio.store.snippets import Snippets
from tests.store.conftest import begin, say


def marked(hit) -> list[str]:
    return [hit.snippet[start:end] for start, end in hit.marks]


def test_messages_and_titles_are_found(library):
    by_message, by_title, trashed = (begin(library, title=title).id for title in ("", "100% Boats_", "boats"))
    said = say(library, by_message, "boats on the sea")
    library.chats.set_trashed(trashed, True)
    hits = library.chats.search("boats")
    assert {(hit.conversation.id, hit.message) for hit in hits} == {(by_message, said.id), (by_title, "")}
    assert [hit.conversation.id for hit in library.chats.search("100%")] == [by_title]
    assert library.chats.search("50%") == ()
    assert library.chats.search("  \x00 ") == ()
    library.chats.remove(by_message)
    assert [hit.conversation.id for hit in library.chats.search("boats")] == [by_title]


def test_each_conversation_once_with_its_newest_message_and_in_pages(library):
    chats = [begin(library).id for _ in range(5)]
    for text in ("boats", "boats again"):
        said = {chat: say(library, chat, text, created=10 + at).id for at, chat in enumerate(chats)}
    hits = library.chats.search("boat")
    assert [hit.conversation.id for hit in hits] == chats[::-1]
    assert [hit.message for hit in hits] == [said[chat] for chat in chats[::-1]]
    pages = [library.chats.search("boat", limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert sum(pages, ()) == hits


def test_an_old_conversation_that_is_imported_today_stands_where_it_was_said(library):
    here = begin(library).id
    recent = say(library, here, "boats of today", created=2000).id
    old = begin(library)
    for created in (30, 10, 30, 20):  # a file may have them in any order
        say(library, old.id, f"boats of {created}", created=created)
    library.chats.put(old, library.chats.messages(old.id))
    late = say(library, here, "boats of before", created=5).id
    hits = library.chats.search("boats")
    assert [hit.conversation.id for hit in hits] == [here, old.id]
    assert hits[0].message == recent != late
    assert hits[1].snippet == "boats of 30"


def test_where_few_conversations_have_very_many_hits_the_others_are_found_too(library, monkeypatch):
    chats = [begin(library).id for at in range(6)]
    for number in range(3):
        for chat in chats[:5]:
            say(library, chat, f"boats {number}")
    library.chats.set_trashed(chats[2], True)
    say(library, chats[5], "no ships")
    whole = library.chats.search("boats")
    assert [hit.snippet for hit in whole] == ["boats 2"] * 4
    for walked in (1, 2, 15):
        monkeypatch.setattr(chat_search, "_WALKED", walked)
        assert library.chats.search("boats") == whole


def test_a_title_that_says_what_a_message_says_counts_once(library):
    chat = begin(library, title="Boats at sea").id
    said = say(library, chat, "boats")
    [hit] = library.chats.search("boats")
    assert (hit.conversation.id, hit.message) == (chat, said.id)


@pytest.mark.parametrize(
    ("text", "words", "marks"),
    [
        ("The Boats sail", "boats", ["Boats"]),
        ("A boat on a boating lake", "boa", ["boat", "boating"]),
        ("画家在海边画山水画，山水很美", "山水", ["山水", "山水"]),
        ("Ein Café, ein CAFE", "cafe", ["Café", "CAFE"]),
        ("Straße und Weg", "weg", ["Weg"]),
        ("one\n\n  two\tthree", "two thr", ["two", "three"]),
        ("👩‍🎨 paints 👩‍🎨 boats", "boats", ["boats"]),
        ("e\u0301te\u0301 comes", "été", ["e\u0301te\u0301"]),
        ("don't (stop)", '"stop)', ["stop"]),
    ],
)
def test_the_words_are_marked_where_they_stand(library, text, words, marks):
    chat = begin(library).id
    say(library, chat, text)
    [hit] = library.chats.search(words)
    assert marked(hit) == marks
    assert "\n" not in hit.snippet


def test_a_long_message_is_cut_around_the_words(library):
    chat = begin(library).id
    say(library, chat, "wind and rain " * 3000 + "zanzibar " + "sun and sea " * 3000)
    [hit] = library.chats.search("zanz")
    assert marked(hit) == ["zanzibar"]
    assert len(hit.snippet) < 200
    assert (hit.snippet[0], hit.snippet[-1]) == ("…", "…")


def test_files_are_found_by_name_and_words(library):
    chat = begin(library).id
    files = (Attachment(id=new_id(), name="tide-tables.pdf", text="High water at noon"),)
    said = say(library, chat, "look", attachments=files)
    [named], [read] = library.chats.search("tables"), library.chats.search("noon")
    assert (named.message, marked(named), marked(read)) == (said.id, ["tables.pdf"], ["noon"])
    library.chats.change_message(said.id, text="look here")
    assert library.chats.search("noon")
    library.chats.change_message(said.id, attachments=())
    assert library.chats.search("noon") == ()


def test_what_only_a_summary_says_is_not_found(library):
    chat = begin(library).id
    asked = say(library, chat, "boats")
    say(library, chat, "ships", asked.id, role="summary")
    assert library.chats.search("ships") == ()
    assert library.chats.search("boats")


def test_a_text_without_the_words_gives_its_beginning(library):
    cut = Snippets(library.chats._connection, "zebra")
    assert cut.of(("", "  plain   words")) == ("plain words", ())
    assert cut.of(()) == ("", ())


@pytest.mark.parametrize(
    "text", ["boat " * 9000, "山" * 9000, "\ud800 boat", '" OR (', "* AND NOT -", "%_\\"]
)
def test_whatever_is_typed_is_words(library, text):
    chat = begin(library).id
    said = say(library, chat, f"boat {'山' * 300}")
    hits = library.chats.search(text)
    assert [hit.message for hit in hits] == ([said.id] if "boat" in text or "山" in text else [])
