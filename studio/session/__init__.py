"""The one place where engine meets store: submits durably, adopts results, recovers after a crash."""

from studio.session.session import Session

__all__ = ["Session"]
