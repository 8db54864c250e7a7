"""`studio doctor`: accelerators that torch does not use, and what would let larger models run."""

from pathlib import Path

import msgspec
import pytest

from studio.catalog.scan import Found
from studio.cli.doctor import LLAMA_WHEELS as WHEELS
from studio.cli.doctor import _folder
from studio.cli.models_found import installed
from studio.core.messages import Device, Probe
from studio.core.model import ModelSpec
from tests.cli.telling import tell

__all__ = ["tell"]
CPU = Device(kind="cpu", name="Processor", total_bytes=16 << 30, free_bytes=8 << 30)
CARD = Device(kind="cuda", name="Card", total_bytes=8 << 30, free_bytes=7 << 30)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    """A machine on which torch sees these devices, and the system shows those of these makers."""

    def build(devices: tuple[Device, ...], *makers: str, build: str = "cpu", packed_by: tuple[str, ...] = ()):
        said = msgspec.json.encode(Probe(devices=devices))
        monkeypatch.setattr("studio.cli.devices.run_to_end", lambda _: said)
        monkeypatch.setattr("studio.cli.doctor.run_to_end", lambda _: b"")
        monkeypatch.setattr("studio.cli.doctor.shown_by_system", lambda: makers)
        monkeypatch.setattr("studio.cli.doctor.installed_quantisers", lambda: packed_by)
        monkeypatch.setattr("studio.cli.doctor._torch", lambda: ("2.13.0", build))
        monkeypatch.setattr("studio.cli.doctor.has_llama", lambda: True)
        monkeypatch.setattr("studio.cli.doctor.has_package", lambda _: True)

    return build


@pytest.mark.parametrize(
    ("maker", "words"),
    [
        ("nvidia", "NVIDIA"),
        ("amd", "packaging/run.py"),
        ("apple", "macOS"),
    ],
)
def test_an_accelerator_that_torch_does_not_use_is_told_with_its_cure(tell, machine, maker: str, words: str):
    machine((CPU,), maker)
    report = tell("doctor", "--json").object
    [sentence] = report["missing"]
    assert words in sentence
    assert sentence in tell("doctor").out


def test_the_cure_for_nvidia_on_linux_is_one_command(tell, machine, monkeypatch):
    machine((CPU,), "nvidia")
    monkeypatch.setattr("sys.platform", "linux")
    [sentence] = tell("doctor", "--json").object["missing"]
    assert sentence.endswith("-m pip install 'torch===2.13.0'")


def test_what_torch_uses_already_needs_no_cure(tell, machine):
    machine((CARD, CPU), "nvidia", build="cuda", packed_by=("bitsandbytes",))
    report = tell("doctor", "--json").object
    assert (report["missing"], report["extras"], report["torch_build"]) == ([], [], "cuda")
    assert [device["kind"] for device in report["devices"]] == ["cuda", "cpu"]


def test_what_would_help_the_device_is_offered(tell, machine):
    machine((CARD, CPU), "nvidia", build="rocm")
    [offer] = tell("doctor", "--json").object["extras"]
    assert offer.endswith("-m pip install bitsandbytes")
    assert offer in tell("doctor").out
    machine((CPU,), "intel")
    packer, graphics = tell("doctor", "--json").object["extras"]
    assert packer.endswith("-m pip install torchao")
    assert "torch==2.13.0+xpu" in graphics


@pytest.mark.parametrize(
    ("system", "maker", "build"),
    [("linux", "", "cpu"), ("linux", "amd", "vulkan"), ("darwin", "apple", "metal")],
)
def test_llama_cpp_is_told_of_and_how_to_install_it(
    tell, machine, monkeypatch, system: str, maker: str, build: str
):
    machine((CPU,), *filter(None, [maker]), packed_by=("torchao",))
    assert tell("doctor", "--json").object["extras"] == []
    monkeypatch.setattr("studio.cli.doctor.has_llama", lambda: False)
    monkeypatch.setattr("sys.platform", system)
    report = tell("doctor", "--json").object
    assert report["llama"] == ""
    [offer] = report["extras"]
    assert offer.endswith(f"-m pip install llama-cpp-python --extra-index-url {WHEELS}/{build}")


def test_what_more_models_to_edit_with_need_is_offered(tell, machine, monkeypatch):
    machine((CPU,), packed_by=("torchao",))
    monkeypatch.setattr("studio.cli.doctor.has_package", lambda _: False)
    larger, cutting = tell("doctor", "--json").object["extras"]
    assert larger.endswith("-m pip install spandrel --extra-index-url https://download.pytorch.org/whl/cpu")
    assert cutting.endswith("-m pip install onnxruntime")


def test_what_libraries_print_beside_the_answer_is_passed_over(tell, machine, monkeypatch):
    machine((CPU, CARD), "nvidia")
    answer = msgspec.json.encode(Probe(devices=(CPU, CARD)))
    for said in (b"a driver's greeting\n" + answer + b"\n", b"{}\xff\n\n" + answer + b"\na goodbye\n"):
        monkeypatch.setattr("studio.cli.devices.run_to_end", lambda _, said=said: said)
        assert [one["name"] for one in tell("doctor", "--json").object["devices"]] == ["Processor", "Card"]
    for said in (b"", b"only a greeting", b"{cut"):
        monkeypatch.setattr("studio.cli.devices.run_to_end", lambda _, said=said: said)
        told = tell("doctor", "--json")
        assert told.code == 0 and "no answer that can be read" in told.object["missing"][0]


def test_a_drive_that_is_not_connected_is_told(monkeypatch):
    missing: list[str] = []
    monkeypatch.setattr(Path, "exists", lambda _: False)  # as of every path on it, the drive included
    assert _folder(Path("X:/models"), missing)["exists"] is False
    assert "X:" in missing[0]


def test_a_package_that_a_model_here_needs_is_told_with_the_build_for_this_torch(tell, machine, monkeypatch):
    machine((CPU,))
    model = ModelSpec(
        id="local/omni", name="Omni", family="diffusion", base="OmniGenPipeline", abilities=(), path="/omni"
    )
    here = installed
    monkeypatch.setattr(
        "studio.cli.doctor.installed", lambda paths: Found(models=(*here(paths).models, model))
    )
    monkeypatch.setattr("studio.cli.doctor.metadata.version", lambda _: "2.13.0+cu130")
    assert not tell("doctor", "--json").object["missing"]  # it loads
    cause = "ModuleNotFoundError: No module named 'torchvision'"
    answers = {"import torchvision": cause}
    monkeypatch.setattr("studio.cli.doctor.run_to_end", lambda command: answers.get(command[-1], b""))
    [sentence] = tell("doctor", "--json").object["missing"]
    assert "Omni" in sentence and cause in sentence
    assert sentence.endswith(
        "-m pip install torchvision torch==2.13.0+cu130 --index-url https://download.pytorch.org/whl/cu130"
    )
