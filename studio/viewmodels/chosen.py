"""Which model does the next job."""

from studio.core.model import Ability, ModelSpec
from studio.session import Session


def chosen_model(session: Session, ability: Ability) -> ModelSpec | None:
    """The one chosen in the settings, else the first that is installed; None where there is none.

    Unlike `Session.find_model` it waits for no scan.
    """
    settings = session.settings
    chosen = settings.image_model if ability is Ability.GENERATE else settings.language_model
    models = session.models.installed(ability)
    return next((spec for spec in models if spec.id == chosen), models[0] if models else None)
