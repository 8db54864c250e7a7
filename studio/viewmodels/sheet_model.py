"""A contact sheet as a table that stays alive while its pictures are made, chosen and thrown away."""

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QImage

from studio.core.jobs import AnyJob, GenerateImages, JobState
from studio.core.made import is_half, outranks
from studio.core.messages import Phase, Preview
from studio.core.records import Asset, JobRecord
from studio.core.sheet_state import Cell, CellState, SheetState, made_cell, unmade_problem, unmade_state
from studio.core.sheets import Axis, Sheet
from studio.session import Session
from studio.viewmodels.asset_list import ASSET_ROLE
from studio.viewmodels.thumbnails import Thumbnails

CELL_ROLE = Qt.ItemDataRole.UserRole + 1
UNKNOWN_SIDE = 512  # of a picture whose size the pipeline chooses

Index = QModelIndex | QPersistentModelIndex


class SheetModel(QAbstractTableModel):
    """The cells of one sheet.

    Attributes:
        sheet: None while none is shown.
        heading: what stands over a column or before a row, in the person's language.
        describe: what a screen reader says of a cell.

    Signals:
        tally_changed: other numbers of pictures, or of jobs that run.
    """

    tally_changed = Signal()

    def __init__(self, session: Session, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._thumbnails = thumbnails
        self.sheet: Sheet | None = None
        self._awaited = ""  # the id of the sheet that is shown, or asked for
        self._records: dict[str, JobRecord] = {}
        self._assets: dict[int, Asset] = {}  # by cell
        self._erased: set[int] = set()
        self._gone: set[str] = set()  # ids of pictures that were erased meanwhile
        self._told: set[str | int] = set()  # ids of jobs and numbers of cells, since `listen`
        self._phases: dict[str, Phase] = {}
        self._previews: dict[int, QImage] = {}
        self._shapes: dict[int, tuple[int, int]] = {}  # of cells whose size was asked for
        self._box: tuple[int, int] | None = None  # once all of them are known
        self._cells: list[Cell] = []
        self._jobs: list[tuple[str, int] | None] = []  # by cell: the job and the number there
        self.heading: Callable[[Axis, str], str] = lambda _, value: value
        self.describe: Callable[[Cell], str] = lambda cell: cell.state.value
        thumbnails.ready.connect(self._on_picture_ready)
        thumbnails.preview_ready.connect(self._on_preview_ready)
        session.job_added.connect(self._on_job)
        session.job_changed.connect(self._on_job)
        session.phase_changed.connect(self._on_phase_changed)
        session.preview_arrived.connect(self._on_preview_arrived)
        session.asset_added.connect(self._on_asset)
        session.asset_changed.connect(self._on_asset_changed)
        session.assets_removed.connect(self._on_assets_removed)

    # What is shown.

    def expect(self, sheet_id: str) -> None:
        """Listens for this sheet from now on; `fill` follows with what was known of it before."""
        self.beginResetModel()
        self._awaited, self.sheet = sheet_id, None
        for kept in (
            *(self._records, self._assets, self._erased, self._gone, self._told),
            *(self._phases, self._previews),
        ):
            kept.clear()
        self._shapes.clear()
        self._box = None
        self._cells, self._jobs = [], []
        self.endResetModel()

    def fill(self, state: SheetState) -> None:
        """Shows the sheet; what was told since it was asked for counts more."""
        if state.sheet.id != self._awaited:
            return
        self.beginResetModel()
        self.sheet = state.sheet
        self._records = {record.job.id: record for record in state.jobs} | self._records
        known = {cell.number: cell.asset for cell in state.cells if cell.asset is not None}
        known = {number: asset for number, asset in known.items() if asset.id not in self._gone}
        told = self._assets
        self._assets = known | told
        for number in known.keys() & told.keys():
            if known[number].id != told[number].id and outranks(known[number], told[number]):
                self._assets[number] = known[number]  # what was told is another picture of its place
        self._place_jobs()
        self._cells = [self._cell(number) for number in self.sheet.cells]
        self.endResetModel()
        self.tally_changed.emit()

    def listen(self) -> None:
        """What is told from now on counts more than what `follow` brings."""
        self._told.clear()

    def follow(self, state: SheetState) -> None:
        """Takes over what another process did to the sheet that is shown; what is chosen stays chosen."""
        if self.sheet is None or state.sheet.id != self.sheet.id:
            return
        told = {job_id: record for job_id, record in self._records.items() if job_id in self._told}
        self._records = {record.job.id: record for record in state.jobs} | told
        for cell in state.cells:
            if cell.number in self._told:
                continue
            if cell.asset is not None:
                self._assets[cell.number] = cell.asset
            elif (known := self._assets.get(cell.number)) and not self._is_made_anew(known):
                del self._assets[cell.number]
                self._erased.add(cell.number)
        self._place_jobs()
        self._refresh(self.sheet.cells)
        self.tally_changed.emit()

    @property
    def awaited(self) -> str:
        """The id of the sheet that is shown or asked for; "" before."""
        return self._awaited

    @property
    def state(self) -> SheetState | None:
        """As it stands now."""
        if self.sheet is None:
            return None
        jobs = tuple(sorted(self._records.values(), key=lambda record: record.job.id))
        prompt, model = self._named(jobs)
        return SheetState(sheet=self.sheet, jobs=jobs, cells=tuple(self._cells), prompt=prompt, model=model)

    def cell(self, number: int) -> Cell:
        return self._cells[number]

    def phase(self, cell: Cell) -> Phase | None:
        """What is being done to a cell that is worked at; None until the engine has said so."""
        return self._phases.get(cell.job)

    def job(self, cell: Cell) -> GenerateImages | None:
        record = self._records.get(cell.job)
        return record.job if record and isinstance(record.job, GenerateImages) else None

    def preview(self, cell: Cell) -> QImage | None:
        return self._previews.get(cell.number)

    def name_of(self, model_id: str) -> str:
        """A model or a LoRA as people read it."""
        for record in self._records.values():
            if record.job.model.id == model_id:
                return record.job.model.name
        for asset in self._assets.values():
            if asset.recipe.model == model_id and asset.recipe.model_name:
                return asset.recipe.model_name
        installed = self._session.models.installed()
        return next((spec.name for spec in installed if spec.id == model_id), model_id)

    def shape(self, number: int) -> tuple[int, int]:
        """Width and height of a cell's picture, as it was asked for, so that it does not change."""
        if number in self._shapes:
            return self._shapes[number]
        placed = self._jobs[number]
        if placed and isinstance(job := self._records[placed[0]].job, GenerateImages):
            one, defaults = job.picture(placed[1]), job.model.defaults
            width, height = one.width or defaults.width, one.height or defaults.height
            if width and height:
                self._shapes[number] = width, height
                return width, height
        if asset := self._assets.get(number):
            self._shapes[number] = asset.width, asset.height
            return asset.width, asset.height
        other = next(iter(self._assets.values()), None)
        return (other.width, other.height) if other else (UNKNOWN_SIDE, UNKNOWN_SIDE)

    @property
    def box(self) -> tuple[int, int]:
        """What every picture fits into."""
        if self._box is None:
            box = self._measure()
            if len(self._shapes) < len(self._jobs):
                return box
            self._box = box
        return self._box

    def _measure(self) -> tuple[int, int]:
        shapes = [self.shape(number) for number in range(len(self._jobs))]
        if not shapes:
            return UNKNOWN_SIDE, UNKNOWN_SIDE
        return max(width for width, _ in shapes), max(height for _, height in shapes)

    def assets(self, numbers: Iterable[int]) -> list[Asset]:
        """The pictures of these cells, those in the trash too."""
        return [asset for number in numbers if (asset := self._assets.get(number)) is not None]

    def number(self, index: Index) -> int:
        return index.row() * self.columnCount() + index.column()

    def index_of(self, number: int) -> QModelIndex:
        row, column = divmod(number, max(self.columnCount(), 1))
        return self.index(row, column)

    # What the session tells.

    def _on_job(self, record: JobRecord) -> None:
        job = record.job
        if not (isinstance(job, GenerateImages) and job.sheet and job.sheet.id == self._awaited):
            return
        self._records[job.id] = record
        self._told.add(job.id)
        if record.state.ended or record.state is JobState.PENDING:
            self._phases.pop(job.id, None)
        if self.sheet is not None:
            self._place_jobs()
            self._refresh(self._cells_of(job.id))
            self.tally_changed.emit()

    def _on_phase_changed(self, phase: Phase) -> None:
        record = self._records.get(phase.job)
        if record is None or record.state.ended:
            return
        before = self._phases.get(phase.job)
        self._phases[phase.job] = phase
        if self.sheet is not None and isinstance(record.job, GenerateImages):
            numbers = {*_worked_at(record.job, before), *_worked_at(record.job, phase)}
            self._refresh(numbers, always=True)

    def _on_preview_arrived(self, preview: Preview) -> None:
        record = self._records.get(preview.job)
        if record and not record.state.ended:
            self._thumbnails.decode(f"{preview.job}/{preview.index}", preview.jpeg)

    def _on_preview_ready(self, key: str, image: QImage) -> None:
        job_id, _, index = key.rpartition("/")
        record = self._records.get(job_id)
        if record is None or record.state.ended or not isinstance(record.job, GenerateImages):
            return
        number = record.job.cell(int(index))
        if number is not None and number < len(self._cells) and self._cells[number].asset is None:
            self._previews[number] = image
            self._refresh((number,), always=True)

    def _on_picture_ready(self, asset_id: str) -> None:
        """The last preview stands until the picture itself can be shown."""
        for number in list(self._previews):
            if number in self._assets and self._assets[number].id == asset_id:
                del self._previews[number]

    def _on_asset(self, asset: Asset, _job: str = "") -> None:
        recipe = asset.recipe
        if recipe.sheet is None or recipe.sheet.id != self._awaited or recipe.cell is None:
            return
        known = self._assets.get(recipe.cell)
        if known is not None and not outranks(asset, known):
            return  # the one that counts is here already
        self._assets[recipe.cell] = asset
        self._erased.discard(recipe.cell)
        self._told.add(recipe.cell)
        if self.sheet is not None and recipe.cell in self.sheet.cells:
            self._refresh((recipe.cell,), always=True)
            self.tally_changed.emit()

    def _on_asset_changed(self, asset: Asset) -> None:
        if asset.recipe.cell not in self._erased:  # else it is what the first pass made of that one
            self._on_asset(asset)

    def _on_assets_removed(self, ids: tuple[str, ...]) -> None:
        self._gone |= set(ids)
        gone = [number for number, asset in self._assets.items() if asset.id in ids]
        for number in gone:
            del self._assets[number]
            self._erased.add(number)
            self._told.add(number)
        if gone and self.sheet is not None:
            self._refresh(gone)
            self.tally_changed.emit()

    # Inside.

    def _is_made_anew(self, asset: Asset) -> bool:
        """Its first pass made it, and its job makes it once more just now."""
        record = self._records.get(asset.recipe.job)
        return record is not None and not record.state.ended and is_half(asset, record)

    def _place_jobs(self) -> None:
        assert self.sheet is not None
        self._jobs = [None] * len(self.sheet.cells)
        for record in self._records.values():
            job = record.job
            for index in range(job.num_images) if isinstance(job, GenerateImages) else ():
                number = job.cell(index) if isinstance(job, GenerateImages) else None
                if number is not None and number < len(self._jobs):
                    self._jobs[number] = job.id, index

    def _cells_of(self, job_id: str) -> list[int]:
        return [number for number, placed in enumerate(self._jobs) if placed and placed[0] == job_id]

    def _cell(self, number: int) -> Cell:
        asset, placed = self._assets.get(number), self._jobs[number]
        if asset and (cell := made_cell(number, asset, self._records.get(asset.recipe.job))):
            return cell
        if placed is None or number in self._erased:
            erased = number in self._erased
            return Cell(number=number, state=CellState.ERASED if erased else CellState.MISSING)
        record = self._records[placed[0]]
        state, problem = unmade_state(record, placed[1]), unmade_problem(record, placed[1])
        at_work = state is CellState.QUEUED and record.state is JobState.RUNNING
        if at_work and number in _worked_at(record.job, self._phases.get(placed[0])):
            state = CellState.WORKING
        return Cell(number=number, state=state, job=placed[0], index=placed[1], problem=problem)

    def _refresh(self, numbers: Iterable[int], *, always: bool = False) -> None:
        """Brings cells up to date and tells of those that are other ones now, or of all."""
        for number in numbers:
            new = self._cell(number)
            if always or new != self._cells[number]:
                self._cells[number] = new
                index = self.index_of(number)
                self.dataChanged.emit(index, index)

    def _named(self, jobs: tuple[JobRecord, ...]) -> tuple[str, str]:
        if jobs and isinstance(jobs[0].job, GenerateImages):
            return jobs[0].job.prompt, jobs[0].job.model.name
        recipe = next((asset.recipe for asset in self._assets.values()), None)
        return (recipe.prompt, recipe.model_name or recipe.model) if recipe else ("", "")

    # Qt asks.

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.sheet is None else self.sheet.size[1]

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.sheet is None else self.sheet.size[0]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self._cells[self.number(index)]
        if role == CELL_ROLE:
            return cell
        if role == ASSET_ROLE:
            return cell.asset
        if role == Qt.ItemDataRole.DisplayRole:
            return self.describe(cell)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if self.sheet is None or role != Qt.ItemDataRole.DisplayRole:
            return None
        axis = self.sheet.columns if orientation == Qt.Orientation.Horizontal else self.sheet.rows
        return "" if axis is None else self.heading(axis, axis.values[section])


def _worked_at(job: AnyJob, phase: Phase | None) -> list[int]:
    """The cells that a phase speaks of: those that are denoised together."""
    if not isinstance(job, GenerateImages):
        return []
    first, count = (phase.index, phase.count) if phase else (job.first, 1)
    told = range(max(first, job.first), min(first + count, job.num_images))
    return [cell for index in told if (cell := job.cell(index)) is not None]
