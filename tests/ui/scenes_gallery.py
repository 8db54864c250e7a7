"""What there is to look at in the Gallery."""

import msgspec

from studio.core.adjustments import Blur, Levels
from studio.core.edits import Edit, Operation
from studio.core.hand_steps import Crop, Handwork, Partly, TookIn
from studio.core.messages import Note
from studio.core.recipe import Recipe
from studio.ui.panels.gallery import GalleryPanel
from studio.viewmodels.gallery import Place
from tests.ui.drawings import draw
from tests.ui.fake_session import NOON, FakeSession
from tests.ui.scenes_create import finished
from tests.ui.stage import Stage, scene

DAY = 86_400.0
WORDS = (
    "a red lighthouse at dawn, yellow sun, purple mountains",
    "一艘红帆的船，蓝色的山，夜里的海",
    "three pine trees in the snow",
    "a hot-air balloon over green hills",
)


def fill(session: FakeSession, pictures: int = 60) -> None:
    """Pictures of three days in several shapes, some starred."""
    session.draw = draw
    session.all_assets.clear()
    for number in range(pictures):
        days = 2 if number < 9 else 1 if number < 27 else 0
        width, height = ((256, 256), (384, 256), (256, 384))[number % 3]
        session.add_picture(
            WORDS[number % len(WORDS)],
            seed=number * 7,
            width=width,
            height=height,
            created=NOON - days * DAY + number,
            starred=number % 11 == 4,
        )


def gallery(stage: Stage) -> GalleryPanel:
    panel = stage.show("gallery")
    assert isinstance(panel, GalleryPanel)
    return panel


@scene("gallery-empty")
def empty(stage: Stage) -> None:
    stage.session.all_assets.clear()
    gallery(stage)


@scene("gallery-content")
def content(stage: Stage) -> None:
    fill(stage.session)
    job = finished(
        stage.session, "a red lighthouse on the left, yellow sun, purple mountains, on the sea at dawn", 1, 3
    )
    stage.session.play_end(job, notes=(Note(code="vae_tiled"),))
    panel = gallery(stage)
    panel.browser.grid.setFocus()
    panel.browser.grid.choose(0)


@scene("gallery-by-hand")
def by_hand(stage: Stage) -> None:
    fill(stage.session)
    steps = (
        Crop(left=0, top=128, width=1024, height=768),
        Handwork(label="Paint", count=12),
        Partly(step=Levels(black=10, gamma=1.2, white=240)),
        TookIn(asset="", label="Fill"),
        Handwork(label="Text", about="A very long line of words that was put upon the picture"),
        Blur(radius=2.5),
    )
    edit = Edit(operation=Operation.BY_HAND, steps=steps, left_out=3)
    asset = stage.session.add_picture("a red lighthouse", width=384, height=256, created=NOON + DAY)
    recipe = Recipe(prompt="a red lighthouse", edit=edit)
    stage.session.all_assets[0] = msgspec.structs.replace(asset, recipe=recipe)
    panel = gallery(stage)
    panel.browser.grid.setFocus()
    panel.browser.grid.choose(0)


@scene("gallery-many-chosen")
def many(stage: Stage) -> None:
    fill(stage.session)
    panel = gallery(stage)
    panel.browser.grid.setFocus()
    panel.browser.grid.selectAll()


@scene("gallery-found")
def found(stage: Stage) -> None:
    fill(stage.session)
    panel = gallery(stage)
    panel.search.setText("红帆")
    panel.search.returnPressed.emit()


@scene("gallery-nothing-found")
def nothing_found(stage: Stage) -> None:
    fill(stage.session)
    panel = gallery(stage)
    panel.search.setText("elephant")
    panel.search.returnPressed.emit()


@scene("gallery-trash")
def trash(stage: Stage) -> None:
    fill(stage.session)
    stage.session.trash(tuple(asset.id for asset in stage.session.all_assets[3:9]))
    panel = gallery(stage)
    panel.side.chosen.emit(Place.TRASH)
    panel.browser.grid.choose(1)
    panel.trash.erase.trigger()


@scene("gallery-error")
def error(stage: Stage) -> None:
    """A library whose files are gone."""
    fill(stage.session, 20)
    stage.session.draw = None
    panel = gallery(stage)
    panel.browser.grid.choose(2)


@scene("gallery-large")
def large(stage: Stage) -> None:
    fill(stage.session)
    panel = gallery(stage)
    panel.browser.grid.choose(4)
    panel.browser.open_large()
