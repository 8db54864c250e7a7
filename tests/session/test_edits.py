"""Documents that jobs change: what goes into the jobs, what is proposed, and how it becomes part of them."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from studio.core.edits import PLAIN, Edit, Margins, Operation, Point, Region
from studio.core.errors import FormatUnknown, ModelUnable, NoModelInstalled, NothingChosen, RegionOutside
from studio.core.hand_steps import Handwork, TookIn
from studio.core.ids import new_id
from studio.core.inputs import Role
from studio.core.jobs import GenerateImages, ProcessImage
from studio.core.model import Ability
from studio.core.records import Asset
from studio.media.planes import Plane
from studio.media.recipes import read_recipe
from studio.session import Session
from studio.session.edit_document import EditDocument
from studio.session.edit_runs import EditRuns
from studio.session.edit_tools import crop, flip
from studio.session.models import InstalledModels
from tests.session.conftest import FAKE
from tests.session.editing import CHOSEN, choose, draw
from tests.session.editing import edit_job as job
from tests.session.test_session import LONG, ended

SELECTOR = msgspec.structs.replace(FAKE, id="local/selector", abilities=(Ability.SELECT,))
SIZE = WIDTH, HEIGHT = 64, 48
WHOLE = Region(0, 0, WIDTH, HEIGHT)

Opens = Callable[..., EditDocument]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)).save(tmp_path / "noise.png")
    return tmp_path / "noise.png"


@pytest.fixture
def opens(session: Session, picture: Path, qtbot) -> Opens:
    def open_one(source=picture) -> EditDocument:
        with qtbot.waitSignal(session.edits.opened, timeout=LONG) as opened:
            session.edits.open(source)
        return opened.args[0]

    return open_one


@pytest.fixture
def document(opens: Opens) -> EditDocument:
    return opens()


def made(
    session: Session, document: EditDocument, asked: GenerateImages | ProcessImage, qtbot
) -> list[Asset]:
    """What the job proposes."""
    proposals = []
    session.edits.proposed.connect(proposals.append)
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(asked.id)) as last:
        assert session.edits.run(document, asked) == asked.id
    assert last.args[0].problem is None
    session.edits.proposed.disconnect(proposals.append)
    assert {(one.document, one.job) for one in proposals} == {(document.id, asked.id)}
    return [one.asset for one in proposals]


def taken_in(session: Session, document: EditDocument, asset: Asset, qtbot) -> bool:
    """Applies it; whether the canvas was another one."""
    with qtbot.waitSignal(session.edits.applied, timeout=LONG) as told:
        session.edits.apply(document, asset)
    assert (told.args[0].document, told.args[0].asset) == (document.id, asset)
    return told.args[0].older


def pixels_of(session: Session, asset: Asset) -> np.ndarray:
    with Image.open(session.absolute(asset)) as image:
        return np.asarray(image.convert("RGBA"))


def shown(document: EditDocument) -> np.ndarray:
    return document.pixels(Region(0, 0, document.state.width, document.state.height))


def test_takes_are_proposed_and_one_becomes_a_layer(session: Session, document: EditDocument, qtbot):
    choose(document)
    before = shown(document)
    takes = made(session, document, job(number=2), qtbot)
    assert [one.recipe.index for one in takes] == [0, 1]
    recipe = takes[0].recipe
    assert recipe.edit and (recipe.edit.document, recipe.edit.parent) == (document.id, "")
    assert [one.role for one in recipe.inputs] == [Role.CHANGE, Role.MASK]
    assert taken_in(session, document, takes[1], qtbot) is False
    assert (shown(document) == pixels_of(session, takes[1])).all()
    state = document.state
    assert (state.asset, state.whole, state.active) == (takes[1].id, True, state.layers[1].id)
    assert [one.name for one in state.layers] == ["noise.png", "Fill"]
    assert document.plane(state.layers[1].plane).bounds() == CHOSEN
    document.undo()
    assert (shown(document) == before).all() and document.state.asset == ""


def test_the_next_job_begins_with_the_picture_itself_and_knows_its_parent(
    session: Session, document: EditDocument, qtbot
):
    choose(document)
    [first] = made(session, document, job(), qtbot)
    taken_in(session, document, first, qtbot)
    asked = job(prompt="a lighthouse")
    [second] = made(session, document, asked, qtbot)
    assert second.recipe.edit and second.recipe.edit.parent == first.id
    change = session.job(asked.id).job.inputs[0]
    assert (change.path, change.asset) == (str(session.absolute(first)), first.id)
    lineage = session.edits.lineage(second.id).result(LONG / 1000)
    assert [(node.asset.id, node.parent) for node in lineage.nodes] == [(first.id, ""), (second.id, first.id)]


def test_pixels_beyond_the_feather_are_the_canvas(session: Session, document: EditDocument, qtbot):
    choose(document)
    draw(document)
    [take] = made(session, document, job(), qtbot)
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[8:24, 10:30] = False
    before = shown(document)
    assert (pixels_of(session, take)[outside] == before[outside]).all()
    taken_in(session, document, take, qtbot)
    assert (shown(document)[outside] == before[outside]).all()


def test_what_was_made_from_an_older_canvas_takes_its_place_alone(
    session: Session, document: EditDocument, qtbot
):
    choose(document)
    [take] = made(session, document, job(feather=4), qtbot)
    draw(document)
    before = shown(document)
    assert taken_in(session, document, take, qtbot) is True
    after, wanted = shown(document), pixels_of(session, take)
    assert (after[8:24, 10:30] == wanted[8:24, 10:30]).all()
    assert (after[40:44, 50:54] == before[40:44, 50:54]).all(), "what was drawn since stays"
    assert not document.state.whole and document.state.asset == take.id


@pytest.mark.parametrize("horizontal", [True, False])
def test_what_was_made_before_the_canvas_was_flipped_is_refused(
    session: Session, document: EditDocument, qtbot, horizontal: bool
):
    choose(document)
    [take] = made(session, document, job(), qtbot)
    flip(document, horizontal)
    state = document.state
    with qtbot.waitSignal(session.edits.refused, timeout=LONG) as told:
        session.edits.apply(document, take)
    assert told.args[0].code == "made_for_turned_canvas" and document.state == state
    document.undo()
    assert taken_in(session, document, take, qtbot) is False


def test_what_was_painted_under_a_take_since_is_said(session: Session, document: EditDocument, qtbot):
    choose(document)
    [take] = made(session, document, job(feather=4), qtbot)
    whole = Region(14, 12, 4, 4)
    layer = document.state.layers[0].plane
    tiles = document.plane(layer).changed(whole, np.zeros((4, 4, 4), np.uint8))
    document.commit("Paint", msgspec.structs.replace(document.state, whole=False), {layer: tiles})
    assert taken_in(session, document, take, qtbot) is True
    assert (shown(document) == pixels_of(session, take)).all()


def test_what_was_made_for_another_size_is_refused_and_nothing_is_lost(
    session: Session, document: EditDocument, qtbot
):
    choose(document)
    [take] = made(session, document, job(), qtbot)
    crop(document, Region(0, 0, 40, 30))
    before, state = shown(document), document.state
    with qtbot.waitSignal(session.edits.refused, timeout=LONG) as told:
        session.edits.apply(document, take)
    assert told.args[0].code == "made_for_another_size"
    assert document.state == state and (shown(document) == before).all()


def test_an_extension_moves_what_is_there(session: Session, document: EditDocument, qtbot):
    before = shown(document)
    choose(document)
    [take] = made(session, document, job(Operation.EXTEND, margins=Margins(left=8, bottom=4)), qtbot)
    taken_in(session, document, take, qtbot)
    state = document.state
    assert (state.width, state.height, state.whole) == (WIDTH + 8, HEIGHT + 4, True)
    assert (shown(document) == pixels_of(session, take)).all()
    assert (shown(document)[:HEIGHT, 8:] == before).all()
    assert document.selection.bounds() == Region(18, 8, 20, 16)
    assert document.plane(state.layers[0].plane).bounds() == Region(8, 0, WIDTH, HEIGHT)
    document.undo()
    assert (document.state.width, document.state.height) == SIZE and (shown(document) == before).all()


def test_what_is_chosen_while_an_extension_is_taken_in_stays(session: Session, document: EditDocument, qtbot):
    take = made(session, document, job(Operation.EXTEND, margins=Margins(left=8)), qtbot)[0]
    with qtbot.waitSignal(session.edits.applied, timeout=LONG):
        session.edits.apply(document, take)
        choose(document)
    assert document.selection.bounds() == Region(CHOSEN.left + 8, CHOSEN.top, CHOSEN.width, CHOSEN.height)


def test_an_extension_of_an_older_canvas_adds_what_lies_beyond(
    session: Session, document: EditDocument, qtbot
):
    [take] = made(session, document, job(Operation.EXTEND, margins=Margins(right=8)), qtbot)
    draw(document)
    drawn = shown(document)
    assert taken_in(session, document, take, qtbot) is True
    assert (shown(document)[:, :WIDTH] == drawn).all()
    assert (shown(document)[:, WIDTH:] == pixels_of(session, take)[:, WIDTH:]).all()


def test_what_is_enlarged_is_a_canvas_of_its_own(session: Session, document: EditDocument, qtbot):
    choose(document)
    enlarge = ProcessImage(
        id=new_id(), model=PLAIN, edit=Edit(operation=Operation.UPSCALE, scale=2), inputs=()
    )
    [take] = made(session, document, enlarge, qtbot)
    assert take.recipe.edit and take.recipe.edit.method == "lanczos"
    taken_in(session, document, take, qtbot)
    state = document.state
    assert (state.width, state.height, len(state.layers)) == (2 * WIDTH, 2 * HEIGHT, 1)
    assert document.selection.bounds().is_empty
    document.undo()
    assert (document.state.width, document.state.height) == SIZE


def test_what_is_cut_out_hides_what_lies_below(session: Session, document: EditDocument, qtbot):
    choose(document)
    cut = ProcessImage(id=new_id(), model=PLAIN, edit=Edit(operation=Operation.CUT_OUT), inputs=())
    [take] = made(session, document, cut, qtbot)
    taken_in(session, document, take, qtbot)
    assert [one.visible for one in document.state.layers] == [False, True]
    assert (shown(document)[..., 3] > 0).sum() == CHOSEN.width * CHOSEN.height
    assert (shown(document) == pixels_of(session, take)).all()


def test_without_a_selection_the_whole_is_painted_over(session: Session, document: EditDocument, qtbot):
    [take] = made(session, document, job(Operation.PAINT_OVER), qtbot)
    assert [one.role for one in take.recipe.inputs] == [Role.CHANGE]
    taken_in(session, document, take, qtbot)
    assert [one.visible for one in document.state.layers] == [False, True]
    assert document.state.whole and (shown(document) == pixels_of(session, take)).all()


def test_what_shows_through_stays_so(session: Session, opens: Opens, tmp_path: Path, qtbot):
    clear = Image.new("RGBA", SIZE, (20, 90, 200, 120))
    clear.save(tmp_path / "clear.png")
    document = opens(tmp_path / "clear.png")
    choose(document)
    [take] = made(session, document, job(), qtbot)
    taken_in(session, document, take, qtbot)
    assert (shown(document) == pixels_of(session, take)).all()


def test_what_cannot_run_is_refused_before_anything_is_written(
    session: Session, document: EditDocument, qtbot
):
    with pytest.raises(NothingChosen):
        session.edits.run(document, job())
    with pytest.raises(ModelUnable):
        session.edits.run(document, job(Operation.INSTRUCT))
    choose(document)
    with pytest.raises(RegionOutside):
        session.edits.run(document, job(region=Region(500, 0, 64, 64)))
    with pytest.raises(NoModelInstalled):
        session.edits.select_object(document, (Point(3, 3),))
    assert not session.paths.inputs.exists() and session.jobs() == []


def test_a_picture_that_is_gone_is_refused_and_the_canvas_goes_on(
    session: Session, document: EditDocument, opens: Opens, qtbot
):
    choose(document)
    [take] = made(session, document, job(), qtbot)
    taken_in(session, document, take, qtbot)
    session.absolute(take).unlink()
    with qtbot.waitSignal(session.edits.refused, timeout=LONG) as told:
        session.edits.apply(document, take)
    assert told.args[0].code == "picture_unreadable"
    assert len(made(session, document, job(), qtbot)) == 1, "the canvas still shows it"
    with qtbot.waitSignal(session.edits.refused, timeout=LONG):
        session.edits.open(take)


def test_proposals_are_found_again_until_they_are_discarded(session: Session, document: EditDocument, qtbot):
    choose(document)
    takes = made(session, document, job(number=3), qtbot)

    def left() -> list[str]:
        return [one.asset.id for one in session.edits.proposals_of(document).result(LONG / 1000)]

    assert left() == [one.id for one in takes]
    taken_in(session, document, takes[0], qtbot)
    with qtbot.waitSignal(session.asset_changed, timeout=LONG):
        session.edits.discard([takes[1].id])
    assert left() == [takes[0].id, takes[2].id]


def test_the_canvas_is_kept_as_a_picture_with_its_parent(session: Session, document: EditDocument, qtbot):
    choose(document)
    [take] = made(session, document, job(), qtbot)
    taken_in(session, document, take, qtbot)
    added = []
    session.asset_added.connect(lambda asset, job: added.append((asset, job)))
    with qtbot.waitSignal(session.edits.kept, timeout=LONG) as same:
        session.edits.keep(document)
    assert same.args[0] == take and not added, "it is one already"
    with qtbot.waitSignal(session.asset_changed, timeout=LONG):
        session.trash([take.id])
    with qtbot.waitSignal(session.edits.kept, timeout=LONG) as other:
        session.edits.keep(document)
    assert [asset.id for asset, _ in added] == [other.args[0].id] != [take.id], "that one would go"
    added.clear()
    draw(document)
    with qtbot.waitSignal(session.edits.kept, timeout=LONG) as told:
        session.edits.keep(document)
    kept = session.asset(told.args[0].id)
    assert added == [(kept, "")]
    by_hand = Edit(operation=Operation.BY_HAND, parent=take.id, steps=(Handwork(label="Draw"),))
    assert kept.recipe.edit == by_hand
    assert (pixels_of(session, kept) == shown(document)).all()
    assert not any(session.paths.staging.rglob("*.png"))


def test_a_take_that_lies_over_what_was_drawn_is_one_of_the_steps(
    session: Session, document: EditDocument, qtbot
):
    choose(document)
    [take] = made(session, document, job(), qtbot)
    draw(document)
    taken_in(session, document, take, qtbot)
    with qtbot.waitSignal(session.edits.kept, timeout=LONG) as told:
        session.edits.keep(document)
    edit = told.args[0].recipe.edit
    assert (edit.parent, edit.steps) == (
        take.id,
        (Handwork(label="Draw"), TookIn(asset=take.id, label="Fill")),
    )


def test_a_take_that_is_written_elsewhere_has_its_own_recipe(
    session: Session, document: EditDocument, tmp_path: Path, qtbot
):
    choose(document)
    [take] = made(session, document, job(), qtbot)
    taken_in(session, document, take, qtbot)
    session.edits.export(document, tmp_path / "a.png").result(LONG / 1000)
    assert read_recipe(tmp_path / "a.png") == take.recipe


def test_the_canvas_is_written_elsewhere(session: Session, document: EditDocument, tmp_path: Path, qtbot):
    draw(document)
    for name in ("a.png", "a.jpg", "a.webp"):
        assert session.edits.export(document, tmp_path / name).result(LONG / 1000) == tmp_path / name
        with Image.open(tmp_path / name) as image:
            assert image.size == SIZE
    with Image.open(tmp_path / "a.png") as image:
        assert (np.asarray(image.convert("RGBA")) == shown(document)).all()
    recipe = read_recipe(tmp_path / "a.png")
    assert recipe and recipe.prompt == "noise.png" and (recipe.width, recipe.height) == SIZE
    assert recipe.edit == Edit(operation=Operation.BY_HAND, steps=(Handwork(label="Draw"),))


def test_an_earlier_picture_can_be_returned_to(session: Session, document: EditDocument, qtbot):
    choose(document)
    first, second = made(session, document, job(number=2), qtbot)
    for take in (first, second):
        taken_in(session, document, take, qtbot)
    with qtbot.waitSignal(session.edits.applied, timeout=LONG):
        session.edits.return_to(document, first)
    assert (shown(document) == pixels_of(session, first)).all()
    assert (document.state.asset, document.state.whole) == (first.id, True)


def test_an_object_is_found_by_a_place_in_it(session: Session, document: EditDocument, monkeypatch, qtbot):
    monkeypatch.setattr(InstalledModels, "able", lambda _self, ability: [SELECTOR] if ability else [])
    assert session.edits.has_selector
    with qtbot.waitSignal(session.edits.object_found, timeout=LONG) as told:
        session.edits.select_object(document, (Point(20, 15),), "add")
    found = told.args[0]
    assert (found.document, found.mask.shape, found.mode) == (document.id, (HEIGHT, WIDTH), "add")
    assert Plane.of(found.mask).bounds() == Region(16, 11, 9, 9)


def test_a_question_for_an_object_that_is_never_answered_is_forgotten(
    session: Session, document: EditDocument, monkeypatch, qtbot
):
    monkeypatch.setattr(InstalledModels, "able", lambda _self, ability: [SELECTOR] if ability else [])
    session.pause("image", True)
    with qtbot.waitSignal(session.job_added, timeout=LONG):
        asked = session.edits.select_object(document, (Point(20, 15),))
    with qtbot.waitSignal(session.job_changed, timeout=LONG, check_params_cb=ended(asked)):
        session.stop(asked)
    monkeypatch.setattr(EditRuns, "picture", lambda *_: failing(OSError("gone")))
    with qtbot.waitSignal(session.edits.refused, timeout=LONG):
        session.edits.select_object(document, (Point(20, 15),))
    assert session.edits._objects._asked == {}


def failing(error: Exception) -> Future:
    future = Future()
    future.set_exception(error)
    return future


def test_models_are_offered_for_what_they_can_do(session: Session, monkeypatch):
    monkeypatch.setattr(InstalledModels, "able", lambda _self, _ability: [FAKE, SELECTOR])
    assert session.edits.models_for(Operation.FILL) == [FAKE]
    assert session.edits.models_for(Operation.UPSCALE) == [FAKE, PLAIN]
    assert session.edits.models_for(Operation.CUT_OUT) == [PLAIN]
    assert session.edits.models_for(Operation.INSTRUCT) == []


def test_a_document_is_found_and_goes_on_as_it_was_left(
    session: Session, document: EditDocument, open_session, qtbot
):
    choose(document)
    takes = made(session, document, job(number=2), qtbot)
    taken_in(session, document, takes[0], qtbot)
    draw(document)
    before, steps = shown(document), list(document.steps)
    document.close()
    session.close()
    later = open_session()
    [card] = later.edits.recent().result(LONG / 1000)
    assert (card.id, card.name, card.width, card.steps) == (document.id, "noise.png", WIDTH, 3)
    with qtbot.waitSignal(later.edits.opened, timeout=LONG) as opened:
        later.edits.reopen(card.id)
    again = opened.args[0]
    assert (shown(again) == before).all() and list(again.steps) == steps
    left = later.edits.proposals_of(again).result(LONG / 1000)
    assert [one.asset for one in left] == takes
    again.undo()
    again.undo()
    assert not again.state.whole and again.state.asset == ""
    with qtbot.waitSignal(later.edits.opened, timeout=LONG) as same:
        later.edits.reopen(card.id)
    assert same.args[0] is again
    with qtbot.waitSignal(later.edits.removed, timeout=LONG):
        later.edits.remove(card.id)
    assert later.edits.recent().result(LONG / 1000) == []
    with qtbot.waitSignal(later.edits.refused, timeout=LONG) as told:
        later.edits.reopen(card.id)
    assert told.args[0].code == "edit_damaged"


def test_what_a_file_was_before_is_remarked(session: Session, tmp_path: Path, qtbot):
    Image.new("CMYK", SIZE, (10, 20, 30, 40)).save(tmp_path / "print.jpg")
    with qtbot.waitSignal(session.edits.remarked, timeout=LONG) as told:
        session.edits.open(tmp_path / "print.jpg")
    assert told.args[0].origin.cmyk


def test_layers_are_written_and_opened_again(
    session: Session, document: EditDocument, opens: Opens, tmp_path: Path, qtbot
):
    choose(document)
    [take] = made(session, document, job(), qtbot)
    taken_in(session, document, take, qtbot)
    for name in ("a.ora", "a.psd"):
        session.edits.export(document, tmp_path / name).result(LONG / 1000)
        again = opens(tmp_path / name)
        assert [one.name for one in again.state.layers] == ["noise.png", "Fill"]
        assert (shown(again) == shown(document)).all()
    with pytest.raises(FormatUnknown):
        session.edits.export(document, tmp_path / "a.gif").result(LONG / 1000)


def test_an_encoded_picture_is_opened_and_a_broken_one_refused(
    session: Session, opens: Opens, picture: Path, qtbot
):
    assert (shown(opens(picture.read_bytes())) == shown(opens(picture))).all()
    assert opens(lambda: picture.read_bytes()).state.width == WIDTH
    with qtbot.waitSignal(session.edits.refused, timeout=LONG) as told:
        session.edits.open(b"no picture")
    assert told.args[0].code == "picture_unreadable"
