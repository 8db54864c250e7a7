"""Numbers as people read them: counts, bytes, durations, times."""

import math
from datetime import datetime

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime

from studio.ui.amounts import size as size
from studio.ui.i18n import is_chinese, tr


def count(number: int) -> str:
    """12,408"""
    return QLocale().toString(number)


def number(value: float, decimals: int) -> str:
    """A number with a point and fixed decimals, as fields show it."""
    return f"{value:.{decimals}f}"


def duration(seconds: float, decimals: int = 1) -> str:
    """11.4 s, 5 min, 2 h 10 min."""
    if seconds < 60:
        return tr("{n} s", n=f"{seconds:.{decimals}f}")
    minutes = round(seconds / 60)
    if minutes < 60:
        return tr("{n} min", n=minutes)
    return tr("{h} h {m} min", h=minutes // 60, m=minutes % 60)


def time_left(seconds: float) -> str:
    """28 s left; rounded up, so that it does not end early."""
    return tr("{time} left", time=duration(math.ceil(seconds), 0))


def memory(held: int, whole: int) -> str:
    """9.1 / 12 GB, both in the unit of the whole; 24 MB where there is no whole, 24 MB / 12 GB where the held
    is little."""
    if not whole:
        return size(held)
    if 0 < held < whole / 100:
        return f"{size(held)} / {memory(0, whole).split(' / ')[1]}"
    unit, amount = ("GB", 1024**3) if whole >= 1000 * 1024**2 else ("MB", 1024**2)
    return f"{held / amount:.{1 if unit == 'GB' else 0}f} / {whole / amount:.0f} {unit}"


def whole_size(amount: int) -> str:
    """12 GB rather than 12.0 GB."""
    return size(amount).replace(".0 ", " ")


def part_of(done: int, whole: int) -> str:
    """7.6 of 12.3 GB; both with their unit where that differs."""
    left, right = whole_size(done), whole_size(whole)
    if left.rpartition(" ")[2] == right.rpartition(" ")[2]:
        left = left.rpartition(" ")[0]
    return tr("{done} of {total}", done=left, total=right)


def clock(moment: float) -> str:
    """14:06, in the system's way."""
    local = datetime.fromtimestamp(moment)
    return QLocale().toString(QTime(local.hour, local.minute), "HH:mm")


def day(moment: float, now: float) -> str:
    """Today, Yesterday, else the date."""
    that, today = datetime.fromtimestamp(moment).date(), datetime.fromtimestamp(now).date()
    gone = (today - that).days
    if gone == 0:
        return tr("Today")
    if gone == 1:
        return tr("Yesterday")
    date = QDate(that.year, that.month, that.day)
    if is_chinese():
        return QLocale().toString(date, "M月d日" if that.year == today.year else "yyyy年M月d日")
    return QLocale().toString(date, "d MMMM" if that.year == today.year else "d MMMM yyyy")


def lately(moment: float, now: float) -> str:
    """The clock of today; else the date, as short as it can be."""
    that, today = datetime.fromtimestamp(moment).date(), datetime.fromtimestamp(now).date()
    if that == today:
        return clock(moment)
    if that.year != today.year:
        return str(that.year)
    return QLocale().toString(QDate(that.year, that.month, that.day), "M月d日" if is_chinese() else "d MMM")


def when(moment: float, now: float) -> str:
    """The clock, and before it the date where that is not today, with the year where it is another one."""
    that, today = datetime.fromtimestamp(moment).date(), datetime.fromtimestamp(now).date()
    if that == today:
        return clock(moment)
    date = QDate(that.year, that.month, that.day)
    day_alone, with_year = ("M月d日", "yyyy年M月d日") if is_chinese() else ("d MMM", "d MMM yyyy")
    written = QLocale().toString(date, day_alone if that.year == today.year else with_year)
    return f"{written} {clock(moment)}"


def moment(seconds: float) -> str:
    """9 Jan 2026 14:06; the month by name, since not everyone writes it first or second."""
    date = QDateTime.fromSecsSinceEpoch(int(seconds)).date()
    written = QLocale().toString(date, "yyyy年M月d日" if is_chinese() else "d MMM yyyy")
    return f"{written} {clock(seconds)}"
