"""The inspector of the Gallery: the chosen picture, its prompt, its recipe, and notes of its making."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.inputs import Role
from studio.core.messages import Note
from studio.core.recipe import Recipe
from studio.core.records import Asset
from studio.ui import figures
from studio.ui.actions import Action
from studio.ui.hand_words import edit_lines
from studio.ui.i18n import plural, sentence_of_note, tr
from studio.ui.theme import Type
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.header import Header, Titled
from studio.ui.widgets.labels import ElidedLabel, Label
from studio.ui.widgets.section import ScrollColumn, Section
from studio.ui.widgets.tile_painting import paint_card, paint_picture, paint_words
from studio.viewmodels.shell import WindowState
from studio.viewmodels.thumbnails import Thumbnails

SHOWN = 512  # pixels of the thumbnail
MOST_LINES = 24  # of what was done by hand


class GalleryInspector(Titled):
    """Shows one picture, or how many are chosen.

    Attributes:
        prompt, cells, steps, notes: the labels of the sections; `cells` are (name, value) of the recipe.
        copy_recipe: the button below the recipe.

    Signals:
        opened: show the picture large.
        menu_wanted (QPoint): everything that can be done with it, at this global point.
    """

    opened = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(
        self,
        thumbnails: Thumbnails,
        state: WindowState,
        star: Action,
        again: Action,
        copy: Action,
        save: Action,
        parent: QWidget | None = None,
    ) -> None:
        column = ScrollColumn()
        super().__init__(Header("Picture", section=True), column, parent=parent)
        self._state = state
        self._assets: Sequence[Asset] = ()
        self._notes: Sequence[Note] = ()
        self._preview = _Preview(thumbnails)
        self._title = ElidedLabel("", "button")
        self._star = IconButton("star", "Star")
        self._star.bind(star)
        self._more = IconButton("more", "More")
        self._again = Button("Make again", icon="again")
        self._again.bind(again)
        self._copy, self._save = IconButton("copy", "Copy picture"), IconButton("save", "Save as…")
        self._copy.bind(copy)
        self._save.bind(save)
        self._nothing = Label("Choose a picture to see how it was made.", "body", "secondary", wrap=True)
        self._sections = (self._make_prompt(), self._make_recipe(), self._make_steps(), self._make_notes())
        column.add(self._make_top())
        for section in self._sections:
            column.add(section)
        self._preview.opened.connect(self.opened)
        self._more.clicked.connect(self._on_more)
        self.show_assets((), ())

    def show_assets(self, assets: Sequence[Asset], notes: Sequence[Note]) -> None:
        """`notes` are of the job that made the picture, where there is one."""
        self._assets, self._notes = assets, notes
        one = assets[0] if len(assets) == 1 else None
        self._preview.show_asset(one)
        self._preview.setVisible(one is not None)
        self._nothing.setVisible(not assets)
        for widget in (self._title, self._star, self._more):
            widget.setVisible(bool(assets))
        for widget in (self._again, self._copy, self._save):
            widget.setVisible(one is not None)
        if one is None:
            self._title.setText(plural(len(assets), "1 picture chosen", "{n} pictures chosen"))
        else:
            self._title.setText(" ".join(one.recipe.prompt.split()) or one.path.rpartition("/")[2])
        starred = bool(assets) and all(asset.starred for asset in assets)
        self._star.set_icon("star-on" if starred else "star")
        self._show_prompt(one)
        self._show_recipe(one)
        self._show_steps(one)
        self._show_notes()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.show_assets(self._assets, self._notes)
        super().changeEvent(event)

    # Building.

    def _make_top(self) -> QWidget:
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        title = QHBoxLayout()
        title.setSpacing(4)
        title.addWidget(self._title, 1)
        title.addWidget(self._star)
        title.addWidget(self._more)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self._again)
        buttons.addStretch(1)
        buttons.addWidget(self._copy)
        buttons.addWidget(self._save)
        column.addWidget(self._nothing)
        column.addWidget(self._preview)
        column.addLayout(title)
        column.addLayout(buttons)
        return top

    def _section(self, english: str, name: str) -> Section:
        key = f"gallery.section.{name}"
        section = Section(english, opened=self._state.flag(key))

        def keep(opened: bool) -> None:
            self._state.put_flag(key, opened)

        section.folded.connect(keep)
        return section

    def _make_prompt(self) -> Section:
        section = self._section("Prompt", "prompt")
        self.prompt = _own_words("body")
        self._negative = _own_words("secondary", "secondary")
        section.body.addWidget(self.prompt)
        section.body.addWidget(self._negative)
        return section

    def _make_recipe(self) -> Section:
        section = self._section("Recipe", "recipe")
        self._table = QGridLayout()
        self._table.setContentsMargins(0, 0, 0, 0)
        self._table.setHorizontalSpacing(12)
        self._table.setVerticalSpacing(6)
        self._table.setColumnStretch(1, 1)
        self.cells: list[tuple[Label, ElidedLabel]] = []
        for row in range(len(RECIPE_ROWS)):
            name, value = Label("", "secondary", "secondary"), ElidedLabel("", "body")
            name.setMinimumWidth(64)
            self._table.addWidget(name, row, 0)
            self._table.addWidget(value, row, 1)
            self.cells.append((name, value))
        self.copy_recipe = Button("Copy recipe", "quiet", icon="copy", height=24)
        section.body.addLayout(self._table)
        section.body.addWidget(self.copy_recipe)
        return section

    def _make_steps(self) -> Section:
        section = self._section("By hand", "steps")
        self.steps = _own_words("body")
        section.body.addWidget(self.steps)
        return section

    def _make_notes(self) -> Section:
        section = self._section("Notes", "notes")
        self.notes = _own_words("body", "warning")
        section.body.addWidget(self.notes)
        return section

    # Showing.

    def _show_prompt(self, asset: Asset | None) -> None:
        recipe = asset.recipe if asset else Recipe()
        self._sections[0].setVisible(bool(recipe.prompt))
        self.prompt.setText(_breakable(recipe.prompt))
        self._negative.setText(tr("Negative: {words}", words=_breakable(recipe.negative_prompt)))
        self._negative.setVisible(bool(recipe.negative_prompt))

    def _show_recipe(self, asset: Asset | None) -> None:
        self._sections[1].setVisible(asset is not None)
        if asset is None:
            return
        for (name, value), (words, text) in zip(self.cells, recipe_rows(asset), strict=True):
            name.setText(words)
            value.setText(text)
            name.setVisible(bool(text))
            value.setVisible(bool(text))

    def _show_steps(self, asset: Asset | None) -> None:
        lines = edit_lines(asset.recipe.edit, MOST_LINES) if asset and asset.recipe.edit else []
        self._sections[2].setVisible(bool(lines))
        self.steps.setText("\n".join(map(_breakable, lines)))

    def _show_notes(self) -> None:
        self._sections[3].setVisible(bool(self._notes))
        self.notes.setText("\n".join(sentence_of_note(note) for note in self._notes))

    def _on_more(self) -> None:
        self.menu_wanted.emit(self._more.mapToGlobal(QPoint(0, self._more.height())))


RECIPE_ROWS = (
    "Model",
    "LoRA",
    "Scheduler",
    "Steps",
    "Guidance",
    "Seed",
    "Size",
    "Made from",
    "Made in",
    "Made on",
    "Made with",
    "File",
)


def recipe_rows(asset: Asset) -> list[tuple[str, str]]:
    """Names and values in the person's language; empty where the recipe does not say."""
    recipe = asset.recipe
    values = (
        recipe.model_name or recipe.model,
        ", ".join(f"{lora.name} × {lora.scale:g}" for lora in recipe.loras),
        recipe.scheduler or "",
        "" if recipe.num_inference_steps is None else str(recipe.num_inference_steps),
        "" if recipe.guidance_scale is None else f"{recipe.guidance_scale:g}",
        "" if recipe.seed is None else str(recipe.seed),
        f"{asset.width} × {asset.height}",
        next((one.name for one in recipe.inputs if one.role is Role.CHANGE), ""),
        "" if recipe.seconds is None else figures.duration(recipe.seconds),
        figures.moment(asset.created),
        "" if recipe.tool == "Atelier" else recipe.tool,
        asset.path,
    )
    return [(tr(name), value) for name, value in zip(RECIPE_ROWS, values, strict=True)]


def _own_words(role: Type, tone: str = "") -> Label:
    """A person's words, which can be selected."""
    label = Label("", role, tone, wrap=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _breakable(text: str) -> str:
    """The text with places to break in words that no line has room for."""
    return re.sub(r"(\S{24})(?=\S)", "\\1\u200b", text)


class _Preview(QWidget):
    """The picture in its own shape, at most square; a double click opens it.

    Signals:
        opened.
    """

    opened = Signal()

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._asset: Asset | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        thumbnails.ready.connect(self._on_ready)

    def show_asset(self, asset: Asset | None) -> None:
        self._asset = asset
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        if self._asset is None:
            return width
        return min(width, max(80, round(width * self._asset.height / self._asset.width)))

    def sizeHint(self) -> QSize:
        return QSize(200, 80)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._asset is None:
            return
        painter = QPainter(self)
        image = self._thumbnails.thumbnail(self._asset, SHOWN)
        if image is not None:
            size = image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            area = QRect(0, 0, size.width(), size.height())
            area.moveCenter(self.rect().center())
            paint_picture(painter, area, image)
        else:
            paint_card(painter, self.rect())
            if self._thumbnails.broken(self._asset):
                lines = [tr("This file cannot be read"), tr("It may be damaged, or moved away.")]
                paint_words(painter, self.rect(), "warning", lines, "danger")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.opened.emit()

    def _on_ready(self, asset_id: str) -> None:
        if self._asset and self._asset.id == asset_id:
            self.update()
