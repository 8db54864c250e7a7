"""Fills the frame: panels as they are asked for, strip, messages, palette; and every action of the window."""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from studio.core.records import AssetQuery, Problem
from studio.core.settings import Settings
from studio.ui.actions import Action
from studio.ui.builder import Builder
from studio.ui.command_lists import CommandLists, actions_of
from studio.ui.dialogs.details import DetailsSheet
from studio.ui.dialogs.leave import LeaveSheet
from studio.ui.frame import ENTRIES, FIRST_PANEL, WELCOME, WELCOMED, Frame, is_first_start
from studio.ui.i18n import Language, explain, hint_of, plural, sentence_of
from studio.ui.panel import Panel, Region
from studio.ui.panels.welcome_begin import Begin
from studio.ui.regions import Regions
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.message_bar import MessageBar
from studio.ui.widgets.overlay import SHADOW, Overlay
from studio.ui.widgets.strip import Strip
from studio.ui.widgets.waiting_list import WaitingList
from studio.viewmodels.queue import QueueViewModel
from studio.viewmodels.shell import Shell
from studio.viewmodels.waiting import TakenOut

UNDO = "Ctrl+Z"
MAIN, ANEW = "Ctrl+Return", "Ctrl+N"  # what a panel is for, and how it starts anew, where it can


class MainWindow(QObject):
    """What happens in the frame.

    Attributes:
        frame: the window itself.
        builder: makes its panels.
        lists: of what can be done.
    """

    def __init__(self, shell: Shell, frame: Frame, theme: Theme, language: Language) -> None:
        super().__init__(frame)
        self.shell, self.frame, self._theme, self._language = shell, frame, theme, language
        self.builder = Builder(shell, frame.columns, self)
        self._shown: Panel | None = None
        self._side_buttons: dict[str, IconButton] = {}
        self.queue = QueueViewModel(shell.session, self)
        self.strip = Strip(self.queue)
        self.bar = MessageBar(shell.messages)
        frame.fill(self.bar, self.strip)
        self.regions = Regions(self._region_widgets)
        self._actions: list[Action] = []
        self.lists = CommandLists(shell, frame, self._actions, self.builder.built, self)
        self._make_actions()
        self._connect()
        self._apply_settings(shell.session.settings)

    @cached_property
    def details(self) -> DetailsSheet:
        return DetailsSheet(self.frame)

    @cached_property
    def leaving(self) -> LeaveSheet:
        made = LeaveSheet(self.frame)
        made.left.connect(self._leave)
        return made

    @cached_property
    def waiting(self) -> WaitingList:
        made = WaitingList(self.queue.waiting, self.frame)
        made.taken_out.connect(self._go_on_with)
        return made

    def open_first(self) -> None:
        """Show the panel of the last time; in a new home what there is to begin with."""
        if is_first_start(self.shell.session.settings.window) and not self._has_content():
            self.shell.go(WELCOME.name)
        elif self.shell.panel in (entry.name for entry in ENTRIES):
            self._show_panel(self.shell.panel)
        else:
            self.shell.go(FIRST_PANEL)

    def actions(self) -> list[Action]:
        """The window's own, panels not counted."""
        return self._actions

    def panel(self, name: str) -> Panel:
        """The panel, built now if it was not needed before."""
        return self.builder.panel(name)

    def close(self) -> None:
        """Keep what is to be remembered; the session is closed by whoever made it."""
        self._on_moved()
        self.shell.state.flush()

    # Panels.

    def _add_toggles(self, name: str) -> None:
        panel = self.builder.built[name]
        if panel.side is not None:
            side = IconButton("panel-left", "Show the list")
            side.bind(self._side)
            side.hide()
            panel.header.add_lead(side)
            self._side_buttons[name] = side
        if panel.inspector is not None:
            toggle = IconButton("panel-right", "Inspector", lit=False)
            toggle.bind(self._inspector)
            panel.header.add_trail(toggle)

    def _show_panel(self, name: str) -> None:
        self._close_overlays()
        panel = self.panel(name)
        frame, state = self.frame, self.shell.state
        if self._shown is not None:
            state.put_flag(WELCOMED, True)  # whoever has left a panel knows the way
            for action in self._shown.actions():
                frame.removeAction(action)
        self._shown = panel
        frame.rail.select(name)
        frame.addActions(panel.actions())
        self._share_keys(panel)
        columns = frame.columns
        columns.show_widgets(panel.side, panel.middle, panel.inspector)
        columns.set_widths(*(int(state.get(f"{name}.{part}_width", "0")) for part in ("side", "inspector")))
        columns.set_side_open(state.flag(f"{name}.side"))
        columns.set_inspector_open(state.flag(f"{name}.inspector"))
        self._side.setEnabled(panel.side is not None)
        self._inspector.setEnabled(panel.inspector is not None)
        self._inspector.setChecked(columns.inspector_open)
        self.regions.set_targets(panel.focus_targets)
        self.regions.enter("middle")
        frame.setWindowTitle("Atelier")

    def _share_keys(self, panel: Panel) -> None:
        """A panel that takes its own steps back has the key for that; the window's is in its message."""
        taken = any(action.shortcut() == QKeySequence(UNDO) for action in panel.actions())
        self._undo.setShortcut(QKeySequence() if taken else QKeySequence(UNDO))

    def _receive(self, name: str, payload: object) -> None:
        panel = self.panel(name)
        if isinstance(payload, Begin):
            _press(panel, ANEW)
            panel.receive(payload.payload)
            _press(panel, MAIN)
        else:
            panel.receive(payload)

    def _on_ready(self) -> None:
        """Only now it is known what a home holds in which the command line was at work alone."""
        self.shell.session.models.go_on_downloading()
        self.shell.session.models.ask_servers()
        new = self.shell.panel == WELCOME.name and not self.shell.state.flag(WELCOMED, default=False)
        if new and self._has_content():
            self.shell.go(FIRST_PANEL)

    def _has_content(self) -> bool:
        session = self.shell.session
        return bool(session.jobs(1) or session.assets_page(AssetQuery(limit=1)))

    # Actions.

    def _make_actions(self) -> None:
        shell, queue = self.shell, self.queue
        self._inspector = Action("Inspector", self._toggle_inspector, "Ctrl+.", "panel-right", checkable=True)
        self._side = Action("Show the list", self._toggle_side, "Ctrl+B", "panel-left")
        self._undo = Action("Undo", shell.messages.undo, UNDO, "undo")
        self._pause = Action("Pause the queue", queue.toggle_pause, "Ctrl+P", "pause")
        go = [
            Action(entry.go, partial(shell.go, entry.name), f"Ctrl+{number}", entry.icon)
            for number, entry in enumerate(ENTRIES, 1)
        ]
        self._actions += [
            *go,
            Action("Command palette", self.lists.open_palette, "Ctrl+K", "search"),
            Action("Shortcuts", self.lists.open_shortcuts, "F1", "keyboard"),
            Action(WELCOME.go, partial(shell.go, WELCOME.name), "Shift+F1", WELCOME.icon),
            self._inspector,
            self._side,
            Action("Next region", lambda: self.regions.step(1), "F6", "right"),
            Action("Region before", lambda: self.regions.step(-1), "Shift+F6", "left"),
            self._undo,
            self._pause,
            Action("Stop everything", queue.stop_all, "Ctrl+Shift+P", "stop"),
            Action("Show what waits", self._open_waiting, "Ctrl+J", "clock"),
            Action("Quit", self.frame.close, "Ctrl+Q", "close"),
        ]
        for action in self._actions:
            action.setParent(self)
        self.frame.addActions(self._actions)
        self._undo.setEnabled(False)

    def _connect(self) -> None:
        shell, frame = self.shell, self.frame
        self.builder.made.connect(self._add_toggles)
        self.builder.made.connect(self.lists.refresh)
        shell.panel_changed.connect(self._show_panel)
        shell.sent.connect(self._receive)
        shell.messages.changed.connect(lambda: self._undo.setEnabled(shell.messages.can_undo))
        self.queue.paused_changed.connect(self._on_paused_changed)
        shell.messages.details_wanted.connect(self._open_details)
        shell.messages.all_wanted.connect(self._open_all)
        shell.report_wanted.connect(self._open_report)
        shell.session.settings_changed.connect(self._apply_settings)
        frame.rail.chosen.connect(shell.go)
        frame.escape_pressed.connect(self.escape)
        frame.language_changed.connect(self._retranslate)
        frame.moved.connect(self._on_moved)
        frame.stays = self._stays
        columns = frame.columns
        columns.side_hidden_changed.connect(self._on_side_hidden)
        columns.side_resized.connect(partial(self._keep_width, "side"))
        columns.inspector_resized.connect(partial(self._keep_width, "inspector"))
        self.strip.next_button.clicked.connect(self._open_waiting)
        self.strip.badge.clicked.connect(self._open_online)
        self.queue.online_changed.connect(self._count_downloads)
        self._count_downloads()
        shell.session.ready.connect(self._on_ready)

    def _stays(self) -> bool:
        """Whether one is asked before the window closes."""
        names = self.shell.session.edits.not_saved
        if names:
            self.leaving.ask(names)
        return bool(names)

    def _leave(self) -> None:
        self.frame.stays = lambda: False
        self.frame.close()

    def escape(self) -> None:
        """Close what is open, else stop what the panel runs."""
        if self._close_overlays():
            return
        if self.frame.columns.close_drawer():
            return
        if self.frame.columns.arrangement.inspector_over and self._inspector.isChecked():
            self._inspector.trigger()
        elif self._shown is not None:
            self._shown.escape()

    def _close_overlays(self) -> bool:
        """Close what lies over the window; False where nothing does."""
        opened = [overlay for overlay in self.frame.findChildren(Overlay) if overlay.isVisible()]
        for overlay in opened:
            overlay.close_overlay()
        return bool(opened)

    def _toggle_inspector(self) -> None:
        opened = self._inspector.isChecked()
        self.frame.columns.set_inspector_open(opened)
        self.shell.state.put_flag(f"{self.shell.panel}.inspector", opened)

    def _toggle_side(self) -> None:
        columns, key = self.frame.columns, f"{self.shell.panel}.side"
        if columns.side_gave_way:
            columns.call_side(not columns.arrangement.side)
        else:
            opened = columns.arrangement.side == 0
            columns.set_side_open(opened)
            self.shell.state.put_flag(key, opened)

    def _on_paused_changed(self) -> None:
        self._pause.say("Let the queue go on" if self.queue.paused else "Pause the queue")

    def _on_side_hidden(self, hidden: bool) -> None:
        if button := self._side_buttons.get(self.shell.panel):
            button.setVisible(hidden)

    def _keep_width(self, part: str, width: int) -> None:
        self.shell.state.put(f"{self.shell.panel}.{part}_width", str(width))

    def _count_downloads(self) -> None:
        count = self.queue.downloads
        words = plural(count, "1 download runs", "{n} downloads run") if count else ""
        self.frame.rail.show_count("models", count, words)

    def _on_moved(self) -> None:
        self.shell.state.put("geometry", self.frame.geometry_text())

    # What opens over the window.

    def _open_waiting(self) -> None:
        if self.queue.waiting.rowCount():
            corner = self.strip.next_button.mapTo(self.frame, QPoint(0, 0))
            right = self.frame.width() - 420 - SHADOW
            top = self.strip.mapTo(self.frame, QPoint(0, 0)).y() - 8
            self.waiting.open_above(QPoint(min(corner.x() - 200, right), top))

    def _go_on_with(self, taken: TakenOut) -> None:
        self.shell.go("edit" if taken.job.edit else "create", taken)

    def _open_online(self) -> None:
        """What is online now, else whether anything may be."""
        self.shell.go("models" if self.queue.downloads else "settings")

    def _open_details(self, problem: Problem) -> None:
        self.details.show_text("Details", sentence_of(problem), hint_of(problem), problem.traceback)

    def _open_all(self, problems: Sequence[Problem]) -> None:
        """Each in a paragraph; what lies behind them after all of them."""
        behind = [problem.traceback for problem in problems if problem.traceback]
        told = "\n\n".join([*map(explain, problems), *behind])
        self.details.show_text("Details", "", "", told, prose=not behind)

    def _open_report(self) -> None:
        self.details.show_text("Crash report", "", "", self.shell.session.crash_report())

    # Following.

    def _region_widgets(self) -> Mapping[Region, QWidget | None]:
        panel = self._shown
        return {
            "rail": self.frame.rail,
            "side": panel.side if panel else None,
            "middle": panel.middle if panel else None,
            "inspector": panel.inspector if panel else None,
            "strip": self.strip,
        }

    def _apply_settings(self, settings: Settings) -> None:
        self._theme.choose(settings.theme)
        if settings.language != self._language.choice:
            self.builder.finish()
        self._language.choose(settings.language)
        self._theme.reduce_motion(settings.reduced_motion)
        self.frame.columns.reduced_motion = settings.reduced_motion
        self.bar.reduced_motion = settings.reduced_motion

    def _retranslate(self) -> None:
        self._count_downloads()
        for action in self._actions:
            action.retranslate()
        for panel in self.builder.built.values():
            for action in actions_of(panel):
                action.retranslate()
        self.lists.refresh()


def _press(panel: Panel, keys: str) -> None:
    """Do what these keys do in the panel; nothing where they mean nothing now."""
    for action in panel.actions():
        if action.shortcut() == QKeySequence(keys):
            action.trigger()
