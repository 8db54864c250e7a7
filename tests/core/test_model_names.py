"""Which LoRA a name means, wherever it is written."""

import pytest

from studio.core.model import Kind, ModelSpec
from studio.core.model_names import LoraNames, names_of


def lora(id: str, name: str, path: str, source: str = "folder") -> ModelSpec:
    return ModelSpec(
        id=id, name=name, family="", base="LoRA", abilities=(), path=path, kind=Kind.LORA, source=source
    )


INK = lora("local/ink-12345678", "Ink Style", "/loras/ink_v1.5.safetensors")
OLD = lora("local/ink-87654321", "Ink", "/loras/old/ink-v15.safetensors")
LCM = lora("maker/lcm-lora", "LCM", "/hub/models--maker--lcm-lora/snapshots/0/weights.safetensors", "hub")
NAMES = LoraNames((INK, OLD, LCM))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        (INK.id, INK),
        ("ink style", INK),
        ("Ink_Style", INK),
        ("ink_v1.5", INK),
        ("INK_v1.5.safetensors", INK),
        ("styles\\ink_v1.5", INK),
        ("ink-v15", OLD),  # the same but for its marks, which here tell the two apart
        ("ink v1.5 fp16", INK),
        ("lcm-lora", LCM),
        ("inky", None),
        ("", None),
        ("..", None),
    ],
)
def test_a_lora_is_found_by_all_that_it_is_called(name: str, meant: ModelSpec | None):
    assert NAMES.find(name) == meant


def test_the_name_most_alike_is_told():
    assert NAMES.nearest("inc style") == "Ink Style"
    assert NAMES and not LoraNames(()) and LoraNames(()).nearest("ink") == ""


def test_a_number_in_the_name_of_a_folder_is_no_ending():
    folder = lora("local/wash-12345678", "Wash", "/loras/wash-v1.5")
    assert "wash-v1.5" in names_of(folder) and "wash-v1" not in names_of(folder)
