"""What to do, in order, before the hub gives a model that wants an account."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy

from studio.core.downloads import Account
from studio.ui.i18n import explain, tr
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.labels import Label
from studio.ui.widgets.section import Section
from studio.viewmodels.model_rows import ModelRow, RowState
from studio.viewmodels.models import Access, ModelsViewModel

LICENCE = "Read the licence on the page of the model, and accept it there."
TOKEN = "Sign in with a token, so that the hub knows you. One that may only read is enough."
REFUSED = "The hub does not know the token that is kept here. Sign out, and use another."
KEPT = "The token is kept where the hub's own tools keep theirs, so they are signed in as well."


class AccessSection(Section):
    """The licence, the account, and then the download; what is done already is only told.

    Attributes:
        page, where, enter, leave: buttons that open the licence and where tokens are made, and sign in, out.
        token: where the token is typed; nobody else keeps it.
    """

    def __init__(self, viewmodel: ModelsViewModel, opened: bool) -> None:
        super().__init__("Account at the hub", opened=opened)
        self._viewmodel, self._access = viewmodel, Access()
        self._licence, self._sign_in, self._last = (Label("", "body", wrap=True) for _ in range(3))
        self._kept = Label(KEPT, "secondary", "secondary", wrap=True)
        self._trouble = Label("", "secondary", "danger", wrap=True)
        self.page = _wide("Open licence page", "link")
        self.where = _wide("Where to get one", "link")
        self.enter, self.leave = _wide("Sign in"), _wide("Sign out")
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self._name_field()
        self._lay_out()
        self._connect()

    def show_access(self, access: Access | None, row: ModelRow | None) -> None:
        """None: the hub wants nothing first."""
        self.setVisible(access is not None)
        if access is None:
            self.token.clear()
            return
        self._access = access
        if self.is_open():
            self._viewmodel.account.look()
        self._show_steps(row)
        self._show_account(self._viewmodel.account.account)

    def sign_in(self) -> None:
        """With what is typed."""
        if self.token.text().strip():
            self._viewmodel.account.sign_in(self.token.text())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._name_field()
        super().changeEvent(event)

    # Building.

    def _name_field(self) -> None:
        words = tr("Token of the hub")
        self.token.setPlaceholderText(words)
        self.token.setAccessibleName(words)

    def _lay_out(self) -> None:
        for step in (self._sign_in, self._last):
            step.setContentsMargins(0, 6, 0, 0)
        for widget in (self._licence, self.page, self._sign_in, self.token, self._trouble):
            self.body.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.where, self.enter, self.leave):
            buttons.addWidget(button, 1)
        self.body.addLayout(buttons)
        self.body.addWidget(self._kept)
        self.body.addWidget(self._last)

    def _connect(self) -> None:
        account = self._viewmodel.account
        self.page.clicked.connect(self._opening(lambda: self._access.page))
        self.where.clicked.connect(self._opening(lambda: account.tokens_page))
        self.enter.clicked.connect(self.sign_in)
        self.token.returnPressed.connect(self.sign_in)
        self.leave.clicked.connect(account.sign_out)
        account.refused.connect(self._on_refused)

    def _opening(self, address: Callable[[], str]) -> Callable[[], object]:
        return lambda: QDesktopServices.openUrl(QUrl(address()))

    # Showing.

    def _show_steps(self, row: ModelRow | None) -> None:
        gated, state = bool(self._access.page), row.state if row is not None else RowState.INSTALLED
        self._licence.setText(f"1. {tr(LICENCE)}")
        self._licence.setVisible(gated)
        self.page.setVisible(gated)
        last = {
            RowState.AVAILABLE: tr("Get the model."),
            RowState.FAILED: tr("Press Retry; what was fetched is kept."),
        }.get(state, "")
        self._last.setText(f"{3 if gated else 2}. {last}")
        self._last.setVisible(bool(last))

    def _show_account(self, account: Account | None) -> None:
        problem, waiting = self._viewmodel.account.problem, self._viewmodel.account.waiting
        inside = account is not None and account.signed_in
        unknown = self._access.refused and account is not None and not account.name and not account.outside
        words = tr(TOKEN)
        if account is not None and inside:
            words = tr(REFUSED) if unknown else signed_in_words(account)
        number = 2 if self._access.page else 1
        alone = number == 1 and self._last.isHidden()
        self._sign_in.setText(words if alone else f"{number}. {words}")
        self._trouble.setText(explain(problem) if problem is not None else "")
        self._trouble.setVisible(problem is not None)
        outside = account is not None and account.outside
        for widget in (self.token, self.where, self.enter, self._kept):
            widget.setVisible(not inside)
        self.leave.setVisible(inside and not outside)
        if inside and self.token.text():
            self.token.clear()
        self.token.setReadOnly(waiting)  # and keeps the keyboard
        for widget in (self.enter, self.leave):
            widget.setEnabled(not waiting)
        named = account.name if account is not None else ""
        self.set_summary(named or tr("Signed in") if inside and not unknown else "")

    def _on_refused(self, error: object) -> None:
        self._viewmodel.commands.refused.emit(error, self.sign_in)


def signed_in_words(account: Account) -> str:
    """As whom, where the hub was asked, and by which token."""
    if account.outside:
        by = tr("by HF_TOKEN")
        return (
            tr("Signed in as {name}, {by}.", name=account.name, by=by)
            if account.name
            else tr("Signed in by HF_TOKEN.")
        )
    return tr("Signed in as {name}.", name=account.name) if account.name else tr("A token is kept here.")


def _wide(english: str, icon: str = "") -> Button:
    button = Button(english, icon=icon)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return button
