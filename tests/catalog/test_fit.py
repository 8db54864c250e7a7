"""Models against machines that people have: what fits, what is moved about, what does not fit, and why."""

import re
from typing import Any

import msgspec
import pytest

from studio.catalog.fit import fit, fit_as_planned, sorted_for, three_best
from studio.catalog.shelf import read_shelf
from studio.core.messages import Device
from studio.core.model import Ability, Defaults, Kind, ModelSpec
from studio.core.paths import resources_dir
from studio.core.plan import Outlook, Plan
from studio.core.servers import server_model
from studio.core.shelf import FIT_REASONS, Fit, FitLevel, Group, Machine, ShelfEntry

GB = 1 << 30
CPU = Device(kind="cpu", name="Processor", total_bytes=16 * GB, free_bytes=12 * GB)


def card(size: int, kind: str = "cuda") -> Device:
    return Device(kind=kind, name="Card", total_bytes=size * GB, free_bytes=size * GB)


LAPTOP = Machine(memory_bytes=8 * GB)
DESKTOP = Machine(memory_bytes=16 * GB, devices=(CPU,))
CARD_12 = Machine(memory_bytes=32 * GB, devices=(card(12), CPU))
CARD_24 = Machine(memory_bytes=64 * GB, devices=(card(24), CPU))
MAC = Machine(memory_bytes=32 * GB, devices=(card(24, "mps"), CPU))
MACHINES = {"laptop": LAPTOP, "desktop": DESKTOP, "12 GB": CARD_12, "24 GB": CARD_24, "mac": MAC}

SHELF = read_shelf(resources_dir(), None)
BY_NAME = {entry.repository: entry for entry in SHELF}


def entry(parameters: int | None, kind: Kind = Kind.TEXT, **more: object) -> ShelfEntry:
    group = Group.FAST if kind is Kind.PICTURE else Group.TEXT
    return ShelfEntry(repository="a/b", name="B", kind=kind, group=group, parameters=parameters, **more)


def level(repository: str, machine: Machine) -> FitLevel:
    return fit(BY_NAME[repository], machine).level


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("stable-diffusion-v1-5/stable-diffusion-v1-5", "slow slow fits fits fits"),
        ("openbmb/MiniCPM5-1B", "fits fits fits fits fits"),
        ("Qwen/Qwen3-4B-Instruct-2507", "too_large too_large fits fits fits"),
        ("Qwen/Qwen3.5-9B", "too_large too_large too_large tight tight"),
        ("stabilityai/stable-diffusion-xl-base-1.0", "too_large too_large fits fits fits"),
        ("black-forest-labs/FLUX.2-klein-4B", "too_large too_large tight fits fits"),
        ("Qwen/Qwen-Image-2512", "too_large too_large too_large tight too_large"),
        ("stabilityai/stable-diffusion-x4-upscaler", "unknown unknown unknown unknown unknown"),
    ],
)
def test_known_models_on_known_machines(repository: str, expected: str) -> None:
    assert [level(repository, machine) for machine in MACHINES.values()] == expected.split()


def test_a_processor_takes_numbers_of_four_bytes_and_an_accelerator_of_two() -> None:
    small = entry(1_000_000_000)
    single, half = fit(small, DESKTOP), fit(small, CARD_12)
    assert (single.precision, half.precision) == ("float32", "bfloat16")
    assert single.needed_bytes > 4_000_000_000 > half.needed_bytes > 2_000_000_000
    assert (single.has_bytes, half.has_bytes) == (16 * GB, 12 * GB)
    assert fit(entry(1_000_000_000, precision="fp16"), CARD_12).precision == "float16"


def test_larger_pictures_need_more() -> None:
    small = entry(10**9, Kind.PICTURE, defaults=Defaults(width=512, height=512))
    large = entry(10**9, Kind.PICTURE, defaults=Defaults(width=1024, height=1024))
    unsaid = entry(10**9, Kind.PICTURE)
    needs = [fit(one, DESKTOP).needed_bytes for one in (small, large, unsaid)]
    assert needs[0] < needs[1] == needs[2]


def test_pictures_wait_in_main_memory_and_texts_go_to_the_processor() -> None:
    pictures = fit(entry(8_000_000_000, Kind.PICTURE), CARD_12)
    assert (pictures.level, pictures.code, pictures.has_bytes) == (FitLevel.TIGHT, "offload", 12 * GB)
    text = fit(entry(6_000_000_000), CARD_12)
    assert (text.level, text.code, text.precision) == (FitLevel.TIGHT, "processor", "float32")
    assert text.has_bytes == 32 * GB and text.params["device_bytes"] == 12 * GB
    assert fit(entry(6_000_000_000), MAC).code == "fits_memory"


def test_a_card_too_small_for_the_work_itself_is_no_help() -> None:
    tiny = Machine(memory_bytes=64 * GB, devices=(card(1), CPU))
    found = fit(entry(8_000_000_000, Kind.PICTURE), tiny)
    assert (found.level, found.code) == (FitLevel.TOO_LARGE, "too_large_device")


def test_what_leaves_little_room_is_tight() -> None:
    sizes = range(500_000_000, 5_000_000_000, 100_000_000)
    levels = [fit(entry(size), DESKTOP).level for size in sizes]
    assert levels == sorted(levels, key=[FitLevel.FITS, FitLevel.TIGHT, FitLevel.TOO_LARGE].index)
    tight = next(one for size in sizes if (one := fit(entry(size), DESKTOP)).level is FitLevel.TIGHT)
    assert tight.code == "little_room" and 0.8 < tight.needed_bytes / tight.has_bytes <= 0.9


def test_the_makers_word_counts_where_parameters_are_not_known() -> None:
    told = entry(None, Kind.PICTURE, memory_bytes=8 * GB)
    assert fit(told, CARD_24).level is FitLevel.FITS
    assert fit(told, DESKTOP).level is FitLevel.TOO_LARGE  # twice as much in single precision
    assert fit(entry(None), CARD_24) == Fit(level=FitLevel.UNKNOWN, code="size_unknown")


def test_a_part_counts_with_the_model_it_goes_with() -> None:
    lora = fit(BY_NAME["ByteDance/SDXL-Lightning"], LAPTOP)
    assert (lora.level, lora.code, lora.needed_bytes) == (FitLevel.FITS, "part", 4 * 197_000_000)
    assert fit(entry(None, Kind.LORA), LAPTOP).code == "size_unknown"


@pytest.mark.parametrize(
    ("size_bytes", "precision", "parameters"), [(4 * GB, "fp32", 0), (2 * GB, "", 0), (700, "Q4_K_M", GB)]
)
def test_models_on_the_disk_are_measured_by_what_is_known_of_them(
    size_bytes: int, precision: str, parameters: int
) -> None:
    spec = ModelSpec(
        id="local/writer",
        name="Writer",
        family="language",
        base="LlamaForCausalLM",
        abilities=(Ability.REPLY,),
        path="/models/writer",
        kind=Kind.TEXT,
        size_bytes=size_bytes,
        precision=precision,
        parameters=parameters,
    )
    assert fit(spec, DESKTOP) == fit(entry(GB), DESKTOP)


@pytest.mark.parametrize(
    ("kind", "family"),
    [(Kind.UPSCALER, "upscaling"), (Kind.MATTING, "cutting_out"), (Kind.SELECTOR, "selecting")],
)
def test_what_works_on_pictures_in_one_go_is_held_in_single_precision(kind: Kind, family: str) -> None:
    spec = ModelSpec(
        id="a", name="A", family=family, base="", abilities=(), path="/a", kind=kind, parameters=GB // 4
    )
    found = {name: fit(spec, machine) for name, machine in MACHINES.items()}
    assert {one.level for one in found.values()} == {FitLevel.FITS}
    assert {one.precision for one in found.values()} == {"float32"}
    assert all(2 * GB < one.needed_bytes < 4 * GB for one in found.values())


def test_every_reason_can_be_put_in_words() -> None:
    found = [fit(one, machine) for one in SHELF for machine in MACHINES.values()]
    found += [fit(entry(4_000_000_000 - size), DESKTOP) for size in range(0, 10**9, 10**8)]
    found.append(fit(entry(6_000_000_000), CARD_12))
    found += [fit(entry(size, Kind.PICTURE), DESKTOP) for size in range(10**8, 4 * 10**9, 10**8)]
    found.append(fit(server_model("127.0.0.1:11434", "qwen3:8b"), DESKTOP))
    assert {one.code for one in found} == set(FIT_REASONS)
    for one in found:
        sentence = FIT_REASONS[one.code].format(**one.params)
        assert sentence.endswith(".")
        assert set(re.findall(r"\{(\w+)\}", FIT_REASONS[one.code])) <= set(one.params)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_the_shelf_is_sorted_by_how_well_it_fits_and_keeps_its_order(machine: Machine) -> None:
    order = (FitLevel.FITS, FitLevel.SLOW, FitLevel.TIGHT, FitLevel.UNKNOWN, FitLevel.TOO_LARGE)
    found = sorted_for(SHELF, machine)
    assert [one.level for _, one in found] == sorted((one.level for _, one in found), key=order.index)
    for each in order:
        assert [model for model, one in found if one.level is each] == [
            model for model in SHELF if fit(model, machine).level is each
        ]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_the_first_three_fit_well_and_may_be_used_for_money(machine: Machine, language: str) -> None:
    best = three_best(SHELF, machine, language)
    text = next(one for one in best if one.group in (Group.TEXT, Group.CHINESE))
    assert len({one.repository for one in best}) == 3 and Kind.PICTURE in {one.kind for one in best}
    levels = [fit(one, machine).level for one in best]
    assert levels == sorted(levels, key=[FitLevel.FITS, FitLevel.SLOW].index)
    assert all(one.commercial and not one.gated for one in best)
    assert language == "en" or text.group is Group.CHINESE


def test_the_first_three_grow_with_the_machine() -> None:
    best = {
        name: [one.repository for one in three_best(SHELF, machine)] for name, machine in MACHINES.items()
    }
    assert best["laptop"][0] == "Qwen/Qwen3.5-0.8B"
    assert best["laptop"][-1] == "stable-diffusion-v1-5/stable-diffusion-v1-5"  # slow, and last for that
    assert best["24 GB"][:2] == ["black-forest-labs/FLUX.2-klein-4B", "microsoft/Phi-4-mini-instruct"]


def test_fewer_are_offered_where_fewer_fit() -> None:
    assert three_best(SHELF, Machine(memory_bytes=GB)) == ()
    assert three_best((), CARD_24) == ()
    only = (BY_NAME["openbmb/MiniCPM5-1B"],)
    assert three_best(only, DESKTOP) == only


GGUF = ModelSpec(
    id="local/x",
    name="X",
    family="llama",
    base="llama",
    abilities=(Ability.REPLY,),
    path="/x.gguf",
    kind=Kind.TEXT,
    precision="Q4_K_M",
    parameters=8_000_000_000,
    size_bytes=4_900_000_000,
)


def test_a_packed_model_counts_as_its_file_where_llama_cpp_runs_it_and_unpacked_where_transformers_does():
    machine = Machine(memory_bytes=16_000_000_000)
    packed = fit(GGUF, machine)
    assert (packed.level, packed.precision) == (FitLevel.FITS, "Q4_K_M")
    assert GGUF.size_bytes < packed.needed_bytes < 1.6 * GGUF.size_bytes
    unpacked = fit(msgspec.structs.replace(GGUF, family="language"), machine)
    assert (unpacked.level, unpacked.precision) == (FitLevel.TOO_LARGE, "float32")
    assert unpacked.needed_bytes > 32_000_000_000


def test_what_a_server_holds_is_known_to_it_alone():
    told = fit(server_model("127.0.0.1:11434", "qwen3:8b"), Machine(memory_bytes=16_000_000_000))
    assert (told.level, told.code, told.needed_bytes) == (FitLevel.UNKNOWN, "held_by_server", 0)


def test_pictures_of_large_models_are_slow_on_a_processor_and_few_steps_are_not() -> None:
    many = entry(10**9, Kind.PICTURE, defaults=Defaults(width=1024, height=1024, num_inference_steps=30))
    told = fit(many, DESKTOP)
    assert (told.level, told.code) == (FitLevel.SLOW, "slow")
    assert fit(many, CARD_12).level is FitLevel.FITS
    few = Defaults(width=512, height=512, num_inference_steps=1, guidance_scale=0.0)
    assert fit(entry(10**9, Kind.PICTURE, defaults=few), DESKTOP).level is FitLevel.FITS
    assert fit(entry(10**7, Kind.PICTURE), DESKTOP).level is FitLevel.FITS
    assert fit(entry(3 * 10**9), DESKTOP).level is FitLevel.FITS


def planned(needed: int, device: str = "cpu", **more: Any) -> Outlook:
    plan = Plan(device=device, precision="float32", dtype="float32", offload=more.pop("offload", ""))
    return Outlook(plan=plan, needed_bytes=needed, has_bytes=64 * GB, **more)


PAINTER = ModelSpec(
    id="local/p", name="P", family="diffusion", base="", abilities=(), path="/p", kind=Kind.PICTURE,
    parameters=10**7,
)  # fmt: skip


@pytest.mark.parametrize(
    ("machine", "told", "expected"),
    [
        (DESKTOP, planned(GB), (FitLevel.FITS, "fits_memory")),
        (DESKTOP, planned(14 * GB), (FitLevel.TIGHT, "little_room")),
        (CARD_12, planned(GB, "cuda"), (FitLevel.FITS, "fits_device")),
        (CARD_12, planned(GB, "cuda", offload="model"), (FitLevel.TIGHT, "offload")),
        (CARD_12, planned(30 * GB, "cuda"), (FitLevel.TOO_LARGE, "too_large_device")),
        (CARD_12, planned(GB, "cpu", processor=True), (FitLevel.TIGHT, "processor")),
        (CARD_12, planned(40 * GB, "cpu", processor=True), (FitLevel.TOO_LARGE, "too_large_memory")),
        (MAC, planned(GB, "mps"), (FitLevel.FITS, "fits_memory")),
    ],
)
def test_what_is_installed_fits_by_its_plan(machine: Machine, told: Outlook, expected: object) -> None:
    found = fit_as_planned(PAINTER, machine, told)
    assert (found.level, found.code) == expected and found.needed_bytes == told.needed_bytes
    assert FIT_REASONS[found.code].format(**found.params)
