"""A studio without a window that does what it is told and says what it has told; made to be killed.

python -m tests.session.victim pictures PROMPT NUMBER COUNT     COUNT jobs of NUMBER pictures each
python -m tests.session.victim edit PROMPT NUMBER PICTURE      a document, drawn on, and a job of NUMBER takes
python -m tests.session.victim words MESSAGE
"""

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from studio.core.conversations import Said
from studio.core.paths import home_dir, paths_for
from studio.core.sampling import Sampling
from studio.session import Session
from studio.session.edit_document import EditDocument
from tests.session.conftest import FAKE, picture
from tests.session.editing import choose, draw, edit_job


def say(*words: object) -> None:
    print(*words, flush=True)


def main() -> None:
    what, text, *rest = sys.argv[1:]
    app = QCoreApplication(sys.argv)
    session = Session(paths_for(home_dir()))
    session.job_added.connect(lambda record: say("queued", record.job.id))
    session.job_changed.connect(lambda record: say(record.state, record.job.id))
    session.asset_added.connect(lambda asset, _: say("asset", asset.id))
    session.chats.tokens_added.connect(lambda added: say("words", added.text))

    def begin() -> None:
        if what == "pictures":
            number, count = map(int, rest)
            for _ in range(count):
                session.generate(picture(text, number))
        elif what == "edit":
            session.edits.opened.connect(change)
            session.edits.open(Path(rest[1]))
        else:
            session.chats.send(session.chats.begin().id, Said(text=text), FAKE, Sampling())

    def change(document: EditDocument) -> None:
        say("document", document.id)
        choose(document)
        draw(document)
        session.edits.run(document, edit_job(prompt=text, number=int(rest[0])))
        document.saved_changed.connect(lambda: say("saved", document.position) if document.is_saved else None)

    session.ready.connect(begin)
    session.open()
    app.exec()


if __name__ == "__main__":
    main()
