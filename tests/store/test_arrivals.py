"""Conversations that come in slices: for nobody before they are whole, and never in halves."""

from studio.core.conversations import Conversation
from studio.core.ids import new_id
from studio.session.recovery import recover
from studio.store.instances import Instance
from studio.store.library import Library
from tests.store.conftest import begin, say


def test_what_a_dead_process_was_importing_goes_and_is_told(library, paths):
    source = begin(library, title="Boats")
    say(library, source.id, "boat")
    talk = [library.chats.get(source.id), library.chats.messages(source.id)]
    library.chats.remove(source.id)
    mine, other = Instance(paths), Instance(paths)
    importing = Library.open(paths, other.id)
    importing.arrivals.begin(talk[0])
    importing.arrivals.go_on(talk[1])
    importing.close()
    library.mirror_dirty()
    library.rebuild()
    assert recover(library, mine, paths.staging / mine.id).problems == ()  # it is at work
    other.close(remember=True)
    [problem] = recover(library, mine, paths.staging / mine.id).problems
    assert (problem.code, problem.params) == ("import_broken_off", {"title": "Boats"})
    assert library.chats.get(source.id) is None and library.chats.message(talk[1][0].id) is None
    assert recover(library, mine, paths.staging / mine.id).problems == ()
    mine.close()


def test_it_lies_in_no_folder_before_it_is_whole(library):
    conversation = Conversation(id=new_id(), created=1, updated=1, folder="Sea")
    library.arrivals.begin(conversation)
    assert library.chats.folders() == [] and library.chats.rename_folder("Sea", "Lake") == []
    assert library.chats.dirty() == {}
    library.arrivals.end(conversation)
    assert library.chats.recent() == [conversation]
    assert library.mirror_dirty() == 1
