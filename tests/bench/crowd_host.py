"""A session without a window that does 200 jobs; run inside a control group whose memory is limited.

python -m tests.bench.crowd_host HOME      prints one JSON object: how the jobs ended
"""

import json
import sys
from collections import Counter
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from studio.core.conversations import Said
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.model import Ability
from studio.core.paths import paths_for
from studio.core.records import JobRecord
from studio.core.sampling import Sampling
from studio.session import Session
from tests.bench.starters import PROMPT, starter
from tests.bench.waiting import seconds_until

JOBS = 200
HANGS_MS = 1_500_000
# Every twentieth picture is larger than the group can decode at once.
SMALL, LARGE, EVERY = 256, 1024, 20


def main() -> None:
    application = QCoreApplication(["crowd"])
    session = Session(paths_for(Path(sys.argv[1])))
    seconds_until(session.open, session.ready, lambda: True)
    states, codes = Counter[str](), Counter[str]()

    def ended(record: JobRecord) -> bool:
        if record.state.ended:
            states[record.state.value] += 1
            if record.problem:
                codes[record.problem.code] += 1
        return states.total() == JOBS

    try:
        seconds_until(lambda: submit(session), session.job_changed, ended, HANGS_MS)
    finally:
        session.close()
    print(json.dumps({"states": states, "codes": codes}), flush=True)
    del application


def submit(session: Session) -> None:
    """Pictures and answers by turns, in one conversation for ten answers."""
    painter, writer = starter(Ability.GENERATE), starter(Ability.REPLY)
    conversation = session.chats.begin().id
    for number in range(JOBS // 2):
        side = LARGE if number % EVERY == EVERY - 1 else SMALL
        session.generate(
            GenerateImages(
                id=new_id(), model=painter, prompt=PROMPT, seed=number, width=side, height=side,
                num_inference_steps=1,
            )
        )  # fmt: skip
        if number % EVERY == 0:
            conversation = session.chats.begin().id
        session.chats.send(
            conversation, Said(text=f"Tell me story {number}."), writer, Sampling(max_new_tokens=8)
        )


if __name__ == "__main__":
    main()
