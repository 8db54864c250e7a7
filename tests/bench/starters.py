"""The models that everything is measured with: the starters, so that every checkout measures the same."""

from studio.catalog.scan import scan
from studio.core.errors import NoModelInstalled
from studio.core.ids import new_id
from studio.core.jobs import GenerateImages
from studio.core.model import Ability, ModelSpec
from studio.core.paths import resources_dir

PROMPT = "a boat with red sails on the sea at sunset"


def starter(ability: Ability) -> ModelSpec:
    """Raises NoModelInstalled."""
    for spec in scan([], resources_dir()).models:
        if spec.starter and ability in spec.abilities:
            return spec
    raise NoModelInstalled


def picture_job(number: int, seed: int) -> GenerateImages:
    """As Create asks for it: all settings the model's own, previews on."""
    model = starter(Ability.GENERATE)
    return GenerateImages(id=new_id(), model=model, prompt=PROMPT, seed=seed, num_images=number)
