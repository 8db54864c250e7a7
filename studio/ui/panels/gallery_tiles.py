"""How a picture looks in the Gallery: a square that it covers, or a sentence where its file is broken."""

import time
from datetime import datetime

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.core.records import Asset
from studio.ui import figures
from studio.ui.i18n import plural, tr
from studio.ui.theme import RADIUS_THUMBNAIL, colours
from studio.ui.widgets.headings import Heading
from studio.ui.widgets.labels import Label
from studio.ui.widgets.tile_painting import (
    paint_card,
    paint_corners,
    paint_selection,
    paint_star,
    paint_tile,
    paint_words,
)
from studio.viewmodels.asset_list import ASSET_ROLE, AssetListModel
from studio.viewmodels.sections import Section
from studio.viewmodels.thumbnails import Thumbnails


class PictureTileDelegate(QStyledItemDelegate):
    """Draws what is decoded and leaves the rest blank until it is."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        asset: Asset = index.data(ASSET_ROLE)
        painter.save()
        self._paint_picture(painter, option.rect, asset)
        if asset.starred:
            paint_star(painter, option.rect)
        state = QStyle.StateFlag
        paint_selection(
            painter,
            option.rect,
            selected=bool(option.state & state.State_Selected),
            current=bool(option.state & state.State_HasFocus),
        )
        painter.restore()

    def _paint_picture(self, painter: QPainter, area: QRect, asset: Asset) -> None:
        if paint_tile(painter, area, asset, self._thumbnails, RADIUS_THUMBNAIL):
            return
        if self._thumbnails.broken(asset):
            paint_card(painter, area)
            paint_words(painter, area, "warning", [tr("This file cannot be read")], "danger")
        else:
            painter.fillRect(area, QColor(colours().hover))
            paint_corners(painter, area, RADIUS_THUMBNAIL)


class DayHeading(Heading):
    """The day, and how many pictures it has.

    Attributes:
        day, count: the labels.
    """

    def __init__(self, model: AssetListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.day = Label("", "strong")
        self.count = Label("", "secondary", "secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.day)
        row.addWidget(self.count)
        row.addStretch(1)

    def show_section(self, section: Section) -> None:
        noon = datetime.fromisoformat(section.key).timestamp() + 12 * 3600
        self.day.setText(figures.day(noon, time.time()))
        # More of the last day may be on a page that nobody has scrolled to.
        known = self._model.complete or section.first + section.count < self._model.rowCount()
        self.count.setText(plural(section.count, "1 picture", "{n} pictures") if known else "")
