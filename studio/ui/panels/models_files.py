"""The files of a model: those that are fetched, or those on the disk and where they are."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Signal

from studio.core.downloads import DownloadFile, ModelFile
from studio.core.model import ModelSpec
from studio.ui import figures
from studio.ui.i18n import plural, tr
from studio.ui.widgets.labels import Label
from studio.ui.widgets.model_facts import Facts, FileList
from studio.ui.widgets.section import Section
from studio.viewmodels.model_rows import ModelRow
from studio.viewmodels.models import ModelsViewModel


class FilesSection(Section):
    """Hidden where there is none.

    Attributes:
        files, place: each file, and where all of them are.
        shared: how many of them others use as well.

    Signals:
        grown: files were found, and take more room.
    """

    grown = Signal()

    def __init__(self, viewmodel: ModelsViewModel, opened: bool) -> None:
        super().__init__("Files", opened=opened)
        self._viewmodel = viewmodel
        self._of = ""  # the model whose files are shown
        self.files = FileList()
        self.place = Facts()
        self.shared = Label("", "secondary", "secondary", wrap=True)
        for widget in (self.files, self.shared):
            self.body.addWidget(widget)
        self.body.addLayout(self.place)
        self.folded.connect(lambda: self.show_row(self._viewmodel.chosen_row()))

    def show_row(self, row: ModelRow | None) -> None:
        download = row.download if row is not None else None
        spec = row.spec if row is not None else None
        path = row.problem.path if row is not None and row.problem is not None else spec.path if spec else ""
        self.setVisible(bool(path or (download is not None and download.files)))
        if spec is not None and download is None:
            self._list(spec)
        else:
            self._of = ""
            files = download.files if download is not None else ()
            done = sum(one.state.value == "done" for one in files)
            words = tr("{done} of {total}", done=done, total=len(files)) if files else ""
            self._fill(files, words)
        size = figures.size(row.download_bytes) if row is not None and path and row.download_bytes else ""
        self.place.show_facts([("Where", path), ("On the disk", size)])

    def _list(self, spec: ModelSpec) -> None:
        """They are looked for when their section is open, once for each model."""
        if self._of == spec.id or not self.is_open():
            return
        self._of = wanted = spec.id
        self._fill((), "")

        def show(files: tuple[ModelFile, ...]) -> None:
            if self._of == wanted:
                if not self._viewmodel.commands.removable(spec):  # and so nothing of it could stay behind
                    files = tuple(msgspec.structs.replace(one, shared=False) for one in files)
                self._fill(files, plural(len(files), "{n} file", "{n} files") if files else "")
                self.grown.emit()

        self._viewmodel.commands.read_files(spec, show)

    def _fill(self, files: Sequence[DownloadFile | ModelFile], summary: str) -> None:
        self.files.setVisible(bool(files))
        self.files.show_files(files)
        shared = sum(isinstance(one, ModelFile) and one.shared for one in files)
        words = (
            plural(
                shared,
                "One of them is shared with other tools and stays when the model is removed.",
                "{n} of them are shared with other tools and stay when the model is removed.",
            )
            if shared
            else ""
        )
        self.shared.setText(words)
        self.shared.setVisible(bool(words))
        self.set_summary(summary)
