"""A home with a library, and pictures, jobs and messages to put into them."""

import tempfile
import time
from pathlib import Path

import pytest
from PIL import Image

from studio.core.conversations import Conversation, Message, MessageState, TokensAdded
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages, Reply
from studio.core.model import Ability, ModelSpec
from studio.core.paths import Paths
from studio.core.recipe import Recipe
from studio.core.turns import ChatTurn
from studio.media.recipes import write_png
from studio.store.library import Library

MODEL = ModelSpec(
    id="starter/postcards",
    name="Postcards",
    family="diffusion",
    base="StableDiffusionPipeline",
    abilities=(Ability.GENERATE,),
    path="/models/postcards",
)


# Files in memory where the system has such a place: on a busy disk an fsync takes longer than the test.
MEMORY = Path("/dev/shm")


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def paths(folder: Path) -> Paths:
    return Paths(folder / "home", folder / "library")


@pytest.fixture
def library(paths: Paths):
    library = Library.open(paths)
    yield library
    library.close()


def stage(paths: Paths, prompt: str = "a boat", instance: str = "", job: str = "", **recipe) -> Path:
    """A finished picture in staging, as a worker leaves it."""
    asset, job = new_id(), job or new_id()
    staged = paths.staging / (instance or new_id()) / job / f"{asset}.png"
    staged.parent.mkdir(parents=True, exist_ok=True)
    values = {"created": time.time(), "seed": 2**64 - 1, "model": "starter/postcards"} | recipe
    write_png(
        Image.new("RGB", (24, 16), (90, 120, 200)),
        staged,
        Recipe(asset=asset, job=job, prompt=prompt, **values),
    )
    return staged


def picture_job(prompt: str = "a boat") -> GenerateImages:
    return GenerateImages(id=new_id(), model=MODEL, prompt=prompt, seed=2**64 - 1)


def reply_job(conversation: str, message: str) -> Reply:
    return Reply(
        id=new_id(),
        model=MODEL,
        conversation=conversation,
        message=message,
        turns=(ChatTurn("user", "hello"),),
    )


def words(message: str, text: str, count: int) -> TokensAdded:
    """The next words of an answer, which has so many tokens then."""
    return TokensAdded(conversation="", message=message, text=text, count=count)


def begin(library: Library, **fields) -> Conversation:
    """A conversation in which nobody has said anything."""
    now = time.time()
    conversation = Conversation(id=new_id(), created=now, updated=now, **fields)
    library.chats.put(conversation, [])
    return conversation


def say(library: Library, conversation: str, text: str, parent: str | None = None, **fields) -> Message:
    fields = {"role": "user", "created": time.time()} | fields
    message = Message(id=new_id(), conversation=conversation, parent=parent, text=text, **fields)
    library.chats.add_message(message)
    return message


def answer(library: Library, conversation: str, parent: str, job: str = "") -> Message:
    """An answer that streams."""
    fields = {"role": "assistant", "state": MessageState.STREAMING, "job": job}
    return say(library, conversation, "", parent, **fields)


def snapshot(library: Library):
    """All that a rebuild has to bring back."""
    assets = {asset_id: library.assets.get(asset_id) for asset_id in library.assets.paths().values()}
    chats = {
        conversation: (library.chats.get(conversation), library.chats.messages(conversation))
        for conversation in library.chats.ids()
    }
    return assets, chats
