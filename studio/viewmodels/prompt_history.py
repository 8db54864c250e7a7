"""The prompts that pictures were asked for with: gone through with two keys, or searched."""

from studio.core.jobs import GenerateImages
from studio.session import Session

REMEMBERED = 200


class PromptHistory:
    """What was written, the newest first; read when it is first wanted."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prompts: list[str] | None = None
        self._at = -1  # -1: what is being written
        self._unsent = ""

    @property
    def prompts(self) -> list[str]:
        """Different ones, at most REMEMBERED."""
        if self._prompts is None:
            jobs = [record.job for record in self._session.jobs(REMEMBERED, "image")]
            said = (job.template or job.prompt for job in jobs if isinstance(job, GenerateImages))
            self._prompts = list(dict.fromkeys(text for text in said if text.strip()))
        return self._prompts

    def add(self, text: str) -> None:
        """It was submitted."""
        others = [one for one in self.prompts if one != text]
        self._prompts = [text, *others][:REMEMBERED]
        self._at = -1

    def step(self, by: int, text: str) -> str | None:
        """One older (1) or newer (-1) than `text`, which stands there now; None where there is none."""
        prompts = self.prompts
        if self._at < 0 or self._at >= len(prompts) or prompts[self._at] != text:
            self._at, self._unsent = -1, text  # it was changed meanwhile, so one begins anew
        at = self._at + by
        while 0 <= at < len(prompts) and prompts[at] == text:
            at += by
        if not -1 <= at < len(prompts) or (at == -1 and self._at == -1):
            return None
        self._at = at
        return self._unsent if at == -1 else prompts[at]
