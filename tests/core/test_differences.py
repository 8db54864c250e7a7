"""Why two pictures differ."""

import msgspec

from studio.core.differences import differences, execution_differences
from studio.core.recipe import Execution, Recipe, UsedLora

HERE = Execution(device="cpu", precision="float32", versions={"torch": "2.13.0"}, threads=2, batch=4)
ONE = Recipe(prompt="a boat", model="m", model_name="M", seed=11, width=512, height=512, execution=HERE)


def changed(**changes) -> Recipe:
    return msgspec.structs.replace(ONE, **changes)


def told(other: Recipe) -> list[tuple[str, str, str]]:
    return [(one.what, one.then, one.now) for one in differences(ONE, other)]


def test_the_same_recipe_at_another_time_differs_in_nothing():
    assert told(changed(asset="x", job="y", created=9.0, seconds=3.0, index=2)) == []


def test_what_differs_is_named_in_the_order_of_a_recipe():
    other = changed(seed=12, guidance_scale=3.0, width=768, loras=(UsedLora(id="l", name="Ink", scale=0.8),))
    assert told(other) == [
        ("seed", "11", "12"),
        ("size", "512 × 512", "768 × 512"),
        ("guidance_scale", "", "3"),
        ("loras", "", "Ink scale 0.8"),
    ]


def test_a_model_whose_files_changed_is_another():
    assert [what for what, _, _ in told(changed(model_fingerprint="ab"))] == ["model"]


def test_the_execution_record_explains_the_rest():
    there = msgspec.structs.replace(
        HERE, device="cuda:X", versions={"torch": "2.14.0"}, options={"vae_tiling": "on"}
    )
    found = execution_differences(HERE, there)
    assert [one.what for one in found] == ["the device", "torch", "vae_tiling"]
    moved = msgspec.structs.replace(HERE, place=2)
    assert told(changed(execution=moved)) == [] == told(changed(execution=None))
