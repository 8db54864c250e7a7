"""What memory a model takes, and how it is held there."""

from studio.core.model import Wish
from studio.core.plan import Outlook
from studio.core.shelf import Fit
from studio.ui import figures
from studio.ui.i18n import tr
from studio.ui.plan_words import known_word, plan_line, plan_sentence, unbroken
from studio.ui.widgets.labels import Label
from studio.ui.widgets.model_facts import MemoryBar
from studio.ui.widgets.model_held import HeldFields, fit_of_plan
from studio.ui.widgets.model_words import FITS, fit_sentence, fit_word, part_of
from studio.ui.widgets.section import Section
from studio.viewmodels.model_rows import ModelRow
from studio.viewmodels.models import ModelsViewModel


class MemorySection(Section):
    """Of what is installed it can be changed.

    Attributes:
        bar, needed, reason: how much of what there is, and why.
        held: the fields that change it.
    """

    def __init__(self, viewmodel: ModelsViewModel, opened: bool) -> None:
        super().__init__("Memory", opened=opened)
        self._viewmodel = viewmodel
        self.bar = MemoryBar()
        self.needed = Label("", "body", wrap=True)
        self.reason = Label("", "secondary", "secondary", wrap=True)
        self.held = HeldFields()
        self.held.chosen.connect(self._on_held)
        for widget in (self.bar, self.needed, self.reason, self.held):
            self.body.addWidget(widget)

    def show_row(self, row: ModelRow) -> None:
        outlook = self._viewmodel.outlook_of(row)
        if outlook is not None and row.spec is not None:
            self._show_plan(outlook, row.spec.wish)
        else:
            self._show_fit(self._viewmodel.fit_of(row))

    def _show_plan(self, outlook: Outlook, wish: Wish) -> None:
        """Of what is installed: how it will be held, which may be changed."""
        self.bar.show_fit(fit_of_plan(outlook))
        self.bar.show()
        self.needed.show()
        self.needed.setText(unbroken(plan_line(outlook)))
        self.set_summary(known_word(outlook) if outlook.fits else tr("Too large"))
        self.reason.setText(plan_sentence(outlook))
        self.reason.setVisible(bool(self.reason.text()))
        self.reason.set_tone("secondary" if outlook.fits else "danger")
        self.held.show_choices(outlook, wish)
        self.held.show()

    def _show_fit(self, fit: Fit) -> None:
        self.held.hide()
        self.reason.show()
        self.bar.show_fit(fit)
        self.bar.setVisible(bool(fit.needed_bytes and fit.has_bytes))
        self.needed.setVisible(bool(fit.needed_bytes))
        if fit.needed_bytes:
            known = bool(fit.has_bytes)
            words = part_of(fit.needed_bytes, fit.has_bytes) if known else figures.size(fit.needed_bytes)
            self.needed.setText(f"{words} · {fit.precision}" if fit.precision else words)
        self.set_summary(fit_word(fit))
        known = self._viewmodel.machine is not None
        words = fit_sentence(fit) if known else tr("What fits is told as soon as this machine is known.")
        self.reason.setText(unbroken(words))
        self.reason.set_tone(FITS[fit.level][2] if fit.level.value == "too_large" else "secondary")

    def _on_held(self, wish: Wish) -> None:
        row = self._viewmodel.chosen_row()
        if row is not None and row.spec is not None:
            self._viewmodel.commands.hold(row.spec, wish)
