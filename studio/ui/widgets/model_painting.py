"""Paints the rows of the table of models: name and sentence, figures, fit, licence, and what can be done."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from studio.core.shelf import Fit, FitLevel
from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.icons import draw_icon, tone_colour
from studio.ui.theme import RADIUS, SMALL, Type, colours, font
from studio.ui.widgets.model_columns import Column, Span
from studio.ui.widgets.model_words import (
    COMMERCIAL,
    FITS,
    KINDS,
    STATES,
    about_word,
    fit_word,
    heading_word,
    here_word,
    hub_words,
    kind_word,
    percent,
    share_of,
)
from studio.viewmodels.model_rows import Asked, Heading, HubLine, ModelRow, RowState

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
GAP = 16  # right of what stands in a column
MARK = 22  # that of commercial use, and the room before it
ICON = 44  # the icon in its square, and the room after it


class Act(Enum):
    """What a button in a row does: its English words and icon; words only where they are shown."""

    GET = ("Get", "save")
    PAUSE = ("Pause", "pause")
    RESUME = ("Go on", "play")
    STOP = ("Stop and delete what was fetched", "close")
    RETRY = ("Retry", "again")
    LIGHTER = ("See lighter", "")
    SEARCH = ("Search", "search")
    AGAIN = ("Try again", "again")

    @property
    def english(self) -> str:
        return self.value[0]

    @property
    def glyph(self) -> str:
        return self.value[1]


ALONE = (Act.PAUSE, Act.RESUME, Act.STOP)  # icons without words


class RowLook(NamedTuple):
    """How one row stands at the moment."""

    fit: Fit
    acts: Sequence[Act]
    chosen: bool = False
    focused: bool = False
    hovered: bool = False
    over: Act | None = None  # the button under the mouse


def acts_of(item: ModelRow | HubLine, lighter: bool) -> tuple[Act, ...]:
    """The buttons of a row from left to right; `lighter`: it does not fit, and something else does."""
    if isinstance(item, HubLine):
        offers = {Asked.GET: Act.GET, Asked.SEARCH: Act.SEARCH, Asked.FAILED: Act.AGAIN}
        return (offers[item.asked],) if item.asked in offers else ()
    match item.state:
        case RowState.AVAILABLE:
            return (Act.LIGHTER if lighter else Act.GET,)
        case RowState.RUNNING | RowState.WAITING:
            return (Act.PAUSE, Act.STOP)
        case RowState.PAUSED:
            return (Act.RESUME, Act.STOP)
        case RowState.FAILED:
            return (Act.RETRY, Act.STOP)
        case RowState.FETCHED | RowState.INSTALLED | RowState.BROKEN:
            return ()


def act_areas(area: QRect, state: Span, acts: Sequence[Act]) -> dict[Act, QRect]:
    """Where the buttons of a row lie, in the row's own coordinates; from the right edge."""
    metrics = QFontMetrics(font("secondary"))
    places: dict[Act, QRect] = {}
    right = area.left() + state.left + state.width
    progress = set(acts) & {Act.PAUSE, Act.RESUME}
    middle = area.center().y() - (6 if progress else -1)
    for act in reversed(acts):
        width = SMALL - 4 if act in ALONE else metrics.horizontalAdvance(tr(act.english)) + 16
        width += 20 if act.glyph and act not in ALONE else 0
        height = SMALL - 4 if act in ALONE else SMALL
        places[act] = QRect(right - width, middle - height // 2, width, height)
        right -= width + (2 if act in ALONE else 8)
    return places


def paint_heading(painter: QPainter, area: QRect, heading: Heading) -> None:
    now = colours()
    painter.setFont(font("section"))
    painter.setPen(QColor(now.text))
    words = heading_word(heading.name)
    inner = area.adjusted(20, 0, -20, 0)
    painter.drawText(inner, LEFT, words)
    inner.setLeft(inner.left() + painter.fontMetrics().horizontalAdvance(words) + 8)
    painter.setFont(font("secondary"))
    painter.setPen(QColor(now.secondary))
    painter.drawText(inner, LEFT, figures.count(heading.count))


def paint_ground(painter: QPainter, area: QRect, look: RowLook) -> None:
    """What lies under a row: chosen, under the mouse, with the keyboard."""
    now = colours()
    if look.chosen or look.hovered:
        painter.fillRect(area, QColor(now.accent_soft if look.chosen else now.hover))
    painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), QColor(now.border))
    if look.focused:
        painter.setPen(QColor(now.focus))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(0, 0, -1, -1))


def paint_hub_line(
    painter: QPainter, area: QRect, line: HubLine, spans: Mapping[Column, Span], look: RowLook
) -> None:
    title, sentence = hub_words(line)
    problem = line.asked is Asked.FAILED
    _paint_name(painter, area, spans, "warning" if problem else "search", title, sentence, wide=True)
    paint_acts(painter, area, spans, look)


def paint_row(
    painter: QPainter, area: QRect, row: ModelRow, spans: Mapping[Column, Span], look: RowLook
) -> None:
    unknown = row.entry is None and row.spec is None and row.hub is None
    glyph = "warning" if row.problem is not None else "save" if unknown else KINDS[row.kind][1]
    _paint_name(painter, area, spans, glyph, row.name, about_word(row), wide=row.problem is not None)
    if row.problem is None:
        now = colours()
        _paint_text(
            painter, area, spans.get(Column.KIND), "body", now.text, "–" if unknown else kind_word(row.kind)
        )
        _paint_text(painter, area, spans.get(Column.DOWNLOAD), "body", now.text, download_word(row), RIGHT)
        _paint_text(painter, area, spans.get(Column.NEEDS), "body", now.text, needs_word(look.fit), RIGHT)
        _paint_fit(painter, area, spans, look.fit)
        _paint_licence(painter, area, spans, row)
    _paint_state(painter, area, spans, row, look)
    paint_acts(painter, area, spans, look)


def download_word(row: ModelRow) -> str:
    if row.spec is not None and row.spec.starter:
        return tr("included")
    return figures.size(row.download_bytes) if row.download_bytes else "–"


def needs_word(fit: Fit) -> str:
    return figures.size(fit.needed_bytes) if fit.needed_bytes else "–"


def mark_area(area: QRect, spans: Mapping[Column, Span]) -> QRect:
    """Where the mark of commercial use is: in a column, before the licence, or else after the name."""
    span = spans.get(Column.COMMERCIAL) or spans.get(Column.LICENCE)
    if span is None:
        name = spans[Column.NAME]
        return QRect(area.left() + name.left + name.width - GAP - 14, area.center().y() - 7, 14, 14)
    return QRect(area.left() + span.left, area.center().y() - 7, 14, 14)


def _paint_name(
    painter: QPainter,
    area: QRect,
    spans: Mapping[Column, Span],
    glyph: str,
    name: str,
    sentence: str,
    *,
    wide: bool,
) -> None:
    """`wide`: nothing but the state stands right of it."""
    now = colours()
    span = spans[Column.NAME]
    box = QRect(area.left() + span.left, area.center().y() - 15, 32, 32)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(now.raised))
    painter.drawRoundedRect(QRectF(box), RADIUS, RADIUS)
    draw_icon(painter, glyph, box.adjusted(8, 8, -8, -8), now.secondary)
    end = spans[Column.STATE].left if wide else span.left + span.width
    if not wide and not spans.keys() & {Column.COMMERCIAL, Column.LICENCE}:
        end -= MARK
    room = QRect(box.right() + 13, area.top() + 7, end - span.left - ICON - GAP, 20)
    paint_line(painter, room, "button", now.text, name)
    paint_line(painter, room.translated(0, 18), "secondary", now.secondary, sentence)


def _paint_text(
    painter: QPainter,
    area: QRect,
    span: Span | None,
    role: Type,
    ink: str,
    words: str,
    align: Qt.AlignmentFlag = LEFT,
) -> None:
    if span is not None:
        room = QRect(area.left() + span.left, area.top(), span.width - GAP, area.height())
        paint_line(painter, room, role, ink, words, align)


def _paint_fit(painter: QPainter, area: QRect, spans: Mapping[Column, Span], fit: Fit) -> None:
    span = spans[Column.FIT]
    _, glyph, tone = FITS[fit.level]
    left = area.left() + span.left + 8
    draw_icon(painter, glyph, QRect(left, area.center().y() - 7, 14, 14), tone_colour(tone))
    room = QRect(left + 20, area.top(), span.width - 28, area.height())
    paint_line(painter, room, "secondary", tone_colour(tone).name(), fit_word(fit))


def _paint_licence(painter: QPainter, area: QRect, spans: Mapping[Column, Span], row: ModelRow) -> None:
    now = colours()
    words, _, glyph, tone = COMMERCIAL[row.commercial]
    mark = mark_area(area, spans)
    draw_icon(painter, glyph, mark, tone_colour(tone))
    if span := spans.get(Column.COMMERCIAL):
        room = QRect(mark.right() + 7, area.top(), span.width - 20 - GAP, area.height())
        paint_line(painter, room, "secondary", now.secondary, tr(words))
    if span := spans.get(Column.LICENCE):
        aside = 0 if Column.COMMERCIAL in spans else 20
        left = area.left() + span.left + aside
        room = QRect(left, area.top(), span.width - aside - GAP, area.height())
        paint_line(painter, room, "secondary", now.secondary, row.licence or tr("not known"))


def _paint_state(
    painter: QPainter, area: QRect, spans: Mapping[Column, Span], row: ModelRow, look: RowLook
) -> None:
    now = colours()
    span = spans[Column.STATE]
    cell = QRect(area.left() + span.left, area.top(), span.width, area.height())
    match row.state:
        case RowState.INSTALLED | RowState.FETCHED:
            words = here_word(row)
            paint_line(painter, cell, "secondary", now.secondary, words, RIGHT)
            width = QFontMetrics(font("secondary")).horizontalAdvance(words)
            mark = QRect(cell.right() - width - 20, cell.center().y() - 6, 14, 14)
            if not row.absent:
                draw_icon(painter, "check", mark, now.success)
        case RowState.BROKEN:
            paint_line(painter, cell, "secondary", now.warning, tr(STATES[row.state]), RIGHT)
        case RowState.RUNNING | RowState.PAUSED | RowState.WAITING:
            _paint_progress(painter, cell.adjusted(24, 0, 0, 0), row)
        case RowState.FAILED:
            left = min(one.left() for one in act_areas(area, span, look.acts).values())
            room = QRect(cell.left() - 40, cell.top(), left - cell.left() + 32, cell.height())
            paint_line(painter, room, "secondary", now.danger, tr(STATES[row.state]), RIGHT)
        case RowState.AVAILABLE:
            pass


def _paint_progress(painter: QPainter, cell: QRect, row: ModelRow) -> None:
    now = colours()
    running = row.state is RowState.RUNNING
    if running and row.download is not None and row.download.waiting_seconds:
        words = tr("in {n} s", n=row.download.waiting_seconds)
    else:
        words = percent(row) if running else tr(STATES[row.state])
    line = QRect(cell.left(), cell.center().y() - 16, cell.width() - 44, 20)
    paint_line(painter, line, "secondary", now.accent_text if running else now.secondary, words)
    track = QRectF(cell.left(), cell.center().y() + 9, cell.width(), 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(now.border_strong))
    painter.drawRoundedRect(track, 2, 2)
    if share := share_of(row):
        painter.setBrush(QColor(now.accent if running else now.secondary))
        track.setWidth(max(4.0, track.width() * share))
        painter.drawRoundedRect(track, 2, 2)


def paint_acts(painter: QPainter, area: QRect, spans: Mapping[Column, Span], look: RowLook) -> None:
    """The buttons of a row."""
    now = colours()
    for act, place in act_areas(area, spans[Column.STATE], look.acts).items():
        over = act is look.over
        ink = now.text if over or act not in ALONE else now.secondary
        painter.setPen(Qt.PenStyle.NoPen if act in ALONE else QColor(now.border_strong))
        fill = now.hover_raised if over else now.raised
        bare = act in ALONE and not over
        painter.setBrush(Qt.BrushStyle.NoBrush if bare else QColor(fill))
        painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        if act in ALONE:
            draw_icon(painter, act.glyph, place.adjusted(3, 3, -3, -3), ink)
            continue
        words = place.adjusted(8, 0, -8, 0)
        if act.glyph:
            draw_icon(painter, act.glyph, QRect(words.left(), place.center().y() - 6, 14, 14), ink)
            words.setLeft(words.left() + 20)
        painter.setFont(font("secondary"))
        painter.setPen(QColor(ink))
        painter.drawText(words, LEFT, tr(act.english))


def paint_line(
    painter: QPainter, room: QRect, role: Type, ink: str, words: str, align: Qt.AlignmentFlag = LEFT
) -> None:
    """One line of words that ends in an ellipsis where it does not fit."""
    painter.setFont(font(role))
    painter.setPen(QColor(ink))
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, align, shown)


def too_large(fit: Fit) -> bool:
    return fit.level is FitLevel.TOO_LARGE
