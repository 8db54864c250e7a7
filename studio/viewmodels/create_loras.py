"""The LoRAs of the next picture: what the person lays over the model, besides what makes it fast."""

import msgspec

from studio.core.errors import LoraForAnother, LoraMissing, StudioError
from studio.core.model import Lora, LoraChoice
from studio.session import Session
from studio.viewmodels.model_draft import ModelDraft


class LoraSettings:
    """Writes them into the draft, for each model those of its own."""

    def __init__(self, session: Session, draft: ModelDraft) -> None:
        self._session, self._draft = session, draft

    @property
    def chosen(self) -> tuple[Lora, ...]:
        """Those that the person laid over the model."""
        model = self._draft.model
        return self._draft.draft.loras.get(model.id, ()) if model else ()

    @property
    def used(self) -> tuple[Lora, ...]:
        """Those of the next job, as they are installed now: a replaced file has another fingerprint."""
        mine = self.chosen
        if mine:
            here = {one.lora.id: one.lora for one in self.installed}
            mine = tuple(msgspec.structs.replace(here.get(one.id, one), scale=one.scale) for one in mine)
        fast = self.fast
        return (*([fast] if fast else []), *(one for one in mine if fast is None or one.id != fast.id))

    @property
    def fast(self) -> Lora | None:
        """The one for speed, while it is used."""
        return self._draft.fast.lora if self._draft.fast and self._draft.is_fast else None

    @property
    def installed(self) -> list[LoraChoice]:
        """All of this machine, as the model sees them."""
        model = self._draft.model
        return self._session.models.loras_of(model) if model else []

    @property
    def choices(self) -> list[LoraChoice]:
        """What is installed and not laid over it yet; what fits comes first."""
        used = {lora.id for lora in self.used}
        return [one for one in self.installed if one.lora.id not in used]

    def add(self, lora: Lora) -> None:
        """One that does not fit is told at its row, and refused when pictures are asked for."""
        if lora.id not in {one.id for one in self.used}:
            self.set((*self.chosen, lora))

    def remove(self, lora_id: str) -> None:
        self.set(tuple(one for one in self.chosen if one.id != lora_id))

    def set_scale(self, lora_id: str, scale: float) -> None:
        changed = [
            msgspec.structs.replace(one, scale=scale) if one.id == lora_id else one for one in self.chosen
        ]
        self.set(tuple(changed))

    def set(self, loras: tuple[Lora, ...]) -> None:
        """These take the place of those that were chosen."""
        if model := self._draft.model:
            kept = {name: one for name, one in self._draft.draft.loras.items() if name != model.id}
            self._draft.change("loras", loras={**kept, model.id: loras} if loras else kept)

    def problem_of(self, lora: Lora) -> StudioError | None:
        """Why it cannot be used; None where it can."""
        model = self._draft.model
        if model is None:
            return None
        found = next((one for one in self.installed if one.lora.id == lora.id), None)
        if found is None:
            return LoraMissing(lora=lora.name, path=lora.path)
        if found.fits:
            return None
        return LoraForAnother(lora=lora.name, base=found.base, model=model.name, own=found.own)
