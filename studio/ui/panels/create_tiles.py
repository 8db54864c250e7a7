"""How a tile of a batch looks in each of its states; its size is the same in all of them."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.core.jobs import JobState
from studio.core.messages import Phase, Stage
from studio.ui.i18n import plural, sentence_of, tr
from studio.ui.phases import phase_lines, phase_words
from studio.ui.theme import RADIUS, colours
from studio.ui.widgets.indicators import draw_ring
from studio.ui.widgets.tile_painting import (
    paint_badge,
    paint_card,
    paint_picture,
    paint_selection,
    paint_star,
    paint_tile,
    paint_words,
)
from studio.viewmodels.batches import TILE_ROLE, BatchListModel
from studio.viewmodels.thumbnails import Thumbnails
from studio.viewmodels.tiles import Tile, TileState

RING = 36
BAR_WIDTH = 140
WORDS_FROM = 160  # pixels of width that ring and words take together


class BatchTileDelegate(QStyledItemDelegate):
    """Draws queued, working and finished tiles; for those that ended without a picture only the card."""

    def __init__(self, model: BatchListModel, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tile: Tile = index.data(TILE_ROLE)
        painter.save()
        match tile.state:
            case TileState.QUEUED:
                paint_card(painter, option.rect, dashed=True)
                paint_words(painter, option.rect, "clock", [tr("Queued"), tr("seed {seed}", seed=tile.seed)])
            case TileState.WORKING:
                paint_working(painter, option.rect, tile, self._model.preview(tile))
            case TileState.DONE:
                self._paint_done(painter, option.rect, tile)
            case TileState.ENDED:
                paint_card(painter, option.rect)
        state = QStyle.StateFlag
        paint_selection(
            painter,
            option.rect,
            selected=bool(option.state & state.State_Selected),
            current=bool(option.state & state.State_HasFocus),
        )
        painter.restore()

    def _paint_done(self, painter: QPainter, area: QRect, tile: Tile) -> None:
        assert tile.asset is not None
        preview = self._model.preview(tile)
        if not paint_tile(painter, area, tile.asset, self._thumbnails, RADIUS):
            if preview is not None:
                paint_picture(painter, area, preview)
            else:
                paint_card(painter, area)
            if self._thumbnails.broken(tile.asset):
                paint_words(painter, area, "warning", [tr("This file cannot be read")], "danger")
        if tile.asset.starred:
            paint_star(painter, area)


def paint_working(painter: QPainter, area: QRect, tile: Tile, preview: QImage | None) -> None:
    """A picture that is being made, as far as it can be seen; a small one has no room for the phase."""
    if preview is None:
        paint_card(painter, area, dashed=True)
        free = paint_words(painter, area, "", working_lines(tile), below=16)
        if (share := _share(tile.phase)) is not None:
            _paint_bar(painter, free, share)
        return
    paint_picture(painter, area, preview)
    share = _share(tile.phase)
    if area.width() >= WORDS_FROM or share is None:
        paint_badge(painter, area, phase_words(tile.phase), reserve=RING if share is not None else 0)
    if share is not None:
        ring = QRectF(area.right() - 7 - RING, area.bottom() - 7 - RING, RING, RING)
        draw_ring(painter, ring, share, f"{share:.0%}")


def working_lines(tile: Tile) -> list[str]:
    """What a tile without a preview says: the phase; of loading also how far it is."""
    loading = tile.phase is not None and tile.phase.stage is Stage.LOADING
    return phase_lines(tile.phase, tile.job) if loading else [phase_words(tile.phase)]


def spoken(tile: Tile) -> str:
    """What a screen reader says of a tile."""
    match tile.state:
        case TileState.QUEUED:
            state = tr("Queued")
        case TileState.WORKING:
            state = phase_words(tile.phase)
        case TileState.ENDED:
            state = ended_words(tile)
        case TileState.DONE:
            state = tr("Starred") if tile.asset and tile.asset.starred else ""
    return f"{state}: {tile.job.prompt}" if state else tile.job.prompt


def ended_words(tile: Tile) -> str:
    """Why there is no picture, in a sentence."""
    if tile.problem is not None:
        return sentence_of(tile.problem)
    if tile.end is JobState.STOPPED:
        return tr("Stopped")
    return tr("The studio closed before this was done.")


def missing_words(tile: Tile) -> str:
    return plural(tile.missing, "1 picture was not made", "{n} pictures were not made")


def _share(phase: Phase | None) -> float | None:
    """None where nothing is counted on a tile: its place in a batch that is decoded together says little."""
    counted = phase is not None and phase.total and phase.stage in (Stage.LOADING, Stage.DENOISING)
    return phase.done / phase.total if phase and counted else None


def _paint_bar(painter: QPainter, free: QRect, share: float) -> None:
    now = colours()
    bar = QRectF(0, 0, min(BAR_WIDTH, free.width()), 4)
    bar.moveCenter(QRectF(free).center())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(now.border_strong))
    painter.drawRoundedRect(bar, 2, 2)
    bar.setWidth(max(4.0, bar.width() * share))
    painter.setBrush(QColor(now.accent))
    painter.drawRoundedRect(bar, 2, 2)
