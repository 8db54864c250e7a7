"""A pickle converted while a window is open: what comes of it is listed."""

import pickle
from pathlib import Path

import pytest
import torch

from studio.core.errors import PickleRefused
from studio.session import Session

KEY = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
LORA = {f"{KEY}.lora_down.weight": torch.ones(4, 2048), f"{KEY}.lora_up.weight": torch.ones(320, 4)}


class Bait:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


@pytest.mark.long
def test_what_was_converted_is_listed(qtbot, session: Session, tmp_path: Path) -> None:
    torch.save(LORA, tmp_path / "ink.pt")
    target = tmp_path / "ink.safetensors"
    converting = session.models.convert(tmp_path / "ink.pt", target)
    qtbot.waitUntil(converting.done, timeout=60_000)
    assert converting.result().tensors == 2
    qtbot.waitUntil(lambda: str(target) in {spec.path for spec in session.models.installed()}, timeout=10_000)


def test_code_in_a_pickle_is_refused(qtbot, session: Session, tmp_path: Path) -> None:
    (tmp_path / "bad.ckpt").write_bytes(pickle.dumps({"weight": Bait(tmp_path / "ran")}))
    converting = session.models.convert(tmp_path / "bad.ckpt", tmp_path / "bad.safetensors")
    qtbot.waitUntil(converting.done, timeout=60_000)
    with pytest.raises(PickleRefused):
        converting.result()
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ""] == ["bad.ckpt"]


def test_a_conversion_under_way_ends_with_the_session(session: Session, tmp_path: Path) -> None:
    torch.save(LORA, tmp_path / "ink.pt")
    session.models.convert(tmp_path / "ink.pt", tmp_path / "ink.safetensors")
    session.close()
    assert {path.name for path in tmp_path.glob("ink*")} == {"ink.pt"}
