"""What a job is called where it stands among others."""

from studio.core.jobs import AnyJob, Reply, title_of
from studio.ui.i18n import tr


def job_title(job: AnyJob) -> str:
    """The words that it was made with; of a summary, the conversation that it sums up."""
    if isinstance(job, Reply) and job.summary_of:
        return tr("Summary of {title}", title=title_of(job))
    return title_of(job)
