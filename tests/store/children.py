"""Processes that the tests start and kill: `python -m tests.store.children <what> <home> <library> …`."""

import itertools
import sys
from pathlib import Path

from studio.core.conversations import MessageState
from studio.core.errors import StudioError
from studio.core.paths import Paths
from studio.store.instances import Instance
from studio.store.library import Library
from tests.store.conftest import answer, begin, picture_job, reply_job, say, stage, words


def tell(*words):
    print(*words, flush=True)


def adopt(paths, count):
    """Queue jobs and make pictures, one after the other, telling of each as soon as it is whole on disk."""
    instance = Instance(paths)
    library = Library.open(paths)
    tell("instance", instance.id)
    for _ in range(int(count)) if int(count) else itertools.count():
        job = picture_job()
        library.jobs.add(job, instance.id)
        library.jobs.start(job.id)
        staged = stage(paths, instance=instance.id, job=job.id)
        tell("whole", staged.stem, job.id)
        library.adopt(staged)
        tell("adopted", staged.stem)
    library.close()


def stream(paths):
    """Answer without end, telling of each batch once it is journaled."""
    instance = Instance(paths)
    library = Library.open(paths)
    chat = begin(library).id
    with library.transaction():
        asked = say(library, chat, "count")
        job = reply_job(chat, "")
        library.jobs.add(job, instance.id)
        streamed = answer(library, chat, asked.id, job.id)
    tell("message", streamed.id)
    for number in itertools.count(1):
        library.chats.append_tokens([words(streamed.id, f"{number} ", number)])
        tell("batch", number)


def hold(paths):
    """Keep the database locked until standard input ends."""
    library = Library.open(paths)
    with library.transaction():
        tell("locked")
        sys.stdin.read()


def share(paths, count):
    """Write beside other processes that do the same."""
    library = Library.open(paths)
    chat = begin(library).id
    parent = None
    for number in range(int(count)):
        staged = stage(paths)
        asset = library.adopt(staged)
        library.star([asset.id], True)
        parent = say(library, chat, f"message {number}", parent).id
        streamed = answer(library, chat, parent)
        library.chats.append_tokens([words(streamed.id, "token", 1)])
        library.chats.finish(streamed.id, MessageState.COMPLETE)
    library.mirror_dirty()
    library.close()
    tell("done")


def fill(paths):
    """On a small disk of its own: write pictures until there is no room, then make room and go on."""
    library = Library.open(paths)
    trash = [stage(paths, prompt="x" * 15_000), stage(paths, extra={"noise": "ab" * 50_000})]
    library.trash([library.adopt(picture).id for picture in trash])
    pictures = []
    try:
        while True:
            pictures.append(stage(paths, prompt="x" * 15_000, extra={"noise": "ab" * 50_000}))
    except StudioError as error:
        tell(error.code)
    tell("parts", len(list(paths.staging.rglob("*.part"))))
    for picture in pictures:
        library.adopt(picture)
    tell("adopted", len(library.assets.paths()) == len(trash + pictures) > 4)
    library.erase([picture.stem for picture in trash])
    library.adopt(stage(paths))
    tell("verified", library.verify().damaged == ())
    library.close()


if __name__ == "__main__":
    what, home, library, *rest = sys.argv[1:]
    globals()[what](Paths(Path(home), Path(library)), *rest)
