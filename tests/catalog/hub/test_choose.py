"""Which files are fetched: one precision, nothing twice, nothing that could run code."""

import msgspec
import pytest

from studio.catalog.hub.choose import MOST_FILES, choose
from studio.catalog.hub.listing import HubFile, Listing
from studio.core.errors import ModelUnsafe, NothingToRun, SeveralModels

GB = 1 << 30
TOKENIZER = ["tokenizer.json", "tokenizer_config.json", "merges.txt", "chat_template.jinja"]


def listing(*names: str, **sizes: int) -> Listing:
    """`sizes` by what a name contains; else a gigabyte for weights and a kilobyte for the rest."""
    files = [
        HubFile(name=name, size_bytes=_size(name, sizes), etag=f"{number:040x}")
        for number, name in enumerate(names)
    ]
    return Listing(repository="someone/model", commit="0" * 40, files=tuple(files))


def _size(name: str, sizes: dict[str, int]) -> int:
    plain = GB if name.endswith((".safetensors", ".gguf", ".bin")) else 1 << 10
    return next((size for part, size in sizes.items() if part in name), plain)


def chosen(found: Listing, *patterns: str, index: dict[str, object] | None = None) -> list[str]:
    return [file.name for file in choose(found, patterns, index)]


def test_language_model_without_its_doubles() -> None:
    needed = [
        "LICENSE", "README.md", "additional_chat_templates/tools.jinja", *TOKENIZER, "config.json",
        "generation_config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json", "preprocessor_config.json", "tokenizer.model",
    ]  # fmt: skip
    others = [
        ".gitattributes", "consolidated.safetensors", "original/model.safetensors", "original/params.json",
        "pytorch_model.bin", "pytorch_model.bin.index.json", "flax_model.msgpack", "tf_model.h5",
        "onnx/model.onnx", "modeling_x.py", "model-Q4_K_M.gguf", "optimizer.pt", "trainer_state.json",
    ]  # fmt: skip
    assert chosen(listing(*others, *needed)) == needed


def test_more_files_than_a_model_has_are_no_model() -> None:
    names = [f"{number}.json" for number in range(MOST_FILES)]
    with pytest.raises(NothingToRun):
        choose(listing("config.json", "model.safetensors", *names))


def test_whole_file_is_taken_before_its_parts() -> None:
    parts = [f"model-0000{n}-of-00002.safetensors" for n in (1, 2)]
    found = listing("config.json", "model.safetensors", *parts, "model.safetensors.index.json")
    assert chosen(found) == ["config.json", "model.safetensors"]


def test_embedding_model_comes_with_its_stages() -> None:
    needed = ["1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors", "config.json"]
    needed += ["model.safetensors", "modules.json", "sentence_bert_config.json", "tokenizer.json"]
    assert chosen(listing(*needed, "2_Dense/pytorch_model.bin", "openvino/openvino_model.xml")) == needed


INDEX: dict[str, object] = {
    "_class_name": "StableDiffusionPipeline",
    "_name_or_path": ["not", "apart"],
    "feature_extractor": [None, None],
    "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    "scheduler": ["diffusers", "PNDMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "requires_safety_checker": True,
}
SMALL = ["README.md", "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json"]
SMALL += ["tokenizer/merges.txt", "tokenizer/vocab.json", "unet/config.json"]
UNET, TEXT = "unet/diffusion_pytorch_model", "text_encoder/model"
ASIDE = [
    "v1-5-pruned.safetensors", "v1-5-pruned.ckpt", "safety_checker/model.safetensors", "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors", f"{UNET}.bin", f"{TEXT}.fp16.bin",
    f"{UNET}.non_ema.safetensors", "feature_extractor/preprocessor_config.json", "unet/flax_model.msgpack",
    "unet/model.onnx", "_name_or_path/config.json",
]  # fmt: skip


def weights(*names: str) -> list[str]:
    return [f"{name}.safetensors" for name in names]


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        (weights(UNET, TEXT), weights(UNET, TEXT)),
        (weights(UNET, TEXT, f"{UNET}.fp16", f"{TEXT}.fp16"), weights(f"{UNET}.fp16", f"{TEXT}.fp16")),
        (weights(f"{UNET}.fp16", f"{TEXT}.fp16"), weights(f"{UNET}.fp16", f"{TEXT}.fp16")),
        (weights(UNET, TEXT, f"{UNET}.fp16"), weights(f"{UNET}.fp16", TEXT)),
        (weights(UNET, TEXT, f"{UNET}.fp16-00001-of-00002"), weights(UNET, TEXT)),
        (weights(UNET, TEXT, f"{UNET}.fp8"), weights(UNET, TEXT)),
        (weights(f"{UNET}.non_ema", TEXT), weights(f"{UNET}.non_ema", TEXT)),
    ],
    ids=["plain", "both", "half", "half of one", "half incomplete", "another kind", "only another kind"],
)
def test_pipeline_takes_each_part_in_one_precision(there: list[str], taken: list[str]) -> None:
    found = listing(*SMALL, *sorted({*there, *ASIDE}), **{".fp16": GB // 2, ".fp8": GB // 4})
    assert sorted(chosen(found, index=INDEX)) == sorted([*SMALL, *taken])


def test_half_precision_is_no_gain_where_the_plain_weights_are_half_too() -> None:
    found = listing("model_index.json", *weights(UNET, f"{UNET}.fp16", TEXT))
    assert chosen(found, index=INDEX) == ["model_index.json", *weights(UNET, TEXT)]


def test_parts_come_with_the_index_of_their_precision() -> None:
    def split(variant: str) -> list[str]:
        return [f"{UNET}{variant}-0000{n}-of-00002.safetensors" for n in (1, 2)]

    plain, half = f"{UNET}.safetensors.index.json", f"{UNET}.safetensors.index.fp16.json"
    found = listing("model_index.json", *split(""), plain, *split(".fp16"), half, **{".fp16": GB // 2})
    assert chosen(found, index=INDEX) == ["model_index.json", *split(".fp16"), half]
    assert chosen(listing(*split(""), plain, half), index=INDEX) == [*split(""), plain]


def test_pipeline_with_a_part_in_pickles_is_unsafe() -> None:
    found = listing("model_index.json", *weights(UNET), f"{TEXT}.bin", "text_encoder/config.json")
    with pytest.raises(ModelUnsafe) as caught:
        choose(found, index=INDEX)
    assert caught.value.params == {"file": f"{TEXT}.bin"}


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        (["m.Q2_K.gguf", "m.Q4_K_M.gguf", "m.Q8_0.gguf", "m.F16.gguf"], "m.Q4_K_M.gguf"),
        (["m-q5_k_m.gguf", "m-q8_0.gguf", "m-q4_0.gguf"], "m-q5_k_m.gguf"),
        (["m-UD-Q4_K_XL.gguf", "m-BF16.gguf", "m-IQ1_S.gguf"], "m-UD-Q4_K_XL.gguf"),
        (["F16/m-F16.gguf", "Q8_0/m-Q8_0.gguf"], "Q8_0/m-Q8_0.gguf"),
        (["m-IQ1_S.gguf", "mystery.gguf", "mmproj-m-Q4_K_M.gguf", "m.imatrix.gguf"], "m-IQ1_S.gguf"),
    ],
)
def test_one_quantisation_is_taken(there: list[str], taken: str) -> None:
    assert chosen(listing("README.md", "config.json", *there)) == ["README.md", taken]


def test_split_quantisation_is_taken_whole() -> None:
    parts = [f"m-Q4_K_M-0000{n}-of-00003.gguf" for n in (1, 2, 3)]
    found = listing(*parts, "m-Q8_0.gguf")
    assert chosen(found) == parts
    assert chosen(found, parts[1]) == parts
    assert chosen(found, "*Q8_0*") == ["m-Q8_0.gguf"]


@pytest.mark.parametrize(
    "there",
    [
        ["README.md", "lora.safetensors"],
        ["README.md", "config.json", "4x.safetensors"],
        ["LICENSE.txt", "pytorch_lora_weights.safetensors"],
    ],
)
def test_single_file_comes_with_its_card(there: list[str]) -> None:
    assert chosen(listing("old.ckpt", "sample.png", *there)) == there


def test_lora_by_its_usual_name_is_taken_from_among_others() -> None:
    found = listing("pytorch_lora_weights.safetensors", "comfy_lora.safetensors")
    assert chosen(found) == ["pytorch_lora_weights.safetensors"]


def test_of_several_single_files_one_has_to_be_named() -> None:
    found = listing("README.md", "a.safetensors", "b.safetensors", "c.ckpt", "d/e.safetensors")
    with pytest.raises(SeveralModels) as caught:
        choose(found)
    assert "a.safetensors, b.safetensors" in str(caught.value)
    assert chosen(found, "b.safetensors") == ["README.md", "b.safetensors"]
    assert chosen(found, "d/*") == ["README.md", "d/e.safetensors"]


def test_patterns_replace_the_choice_but_take_no_pickle_beside_weights() -> None:
    found = listing("README.md", "config.json", "model.safetensors", "model.ckpt", "model.bin")
    assert chosen(found, "model.*", "config.json") == ["README.md", "config.json", "model.safetensors"]
    with pytest.raises(ModelUnsafe) as caught:
        choose(found, ["model.ckpt"])
    assert caught.value.params == {"file": "model.ckpt"}


@pytest.mark.parametrize(
    ("there", "kind"),
    [
        ([], "0"),
        (["README.md", "model.onnx", "x.onnx_data"], ".md, .onnx, .onnx_data"),
        (["config.json", "tokenizer.json"], ".json"),
    ],
)
def test_what_cannot_be_run_is_told(there: list[str], kind: str) -> None:
    with pytest.raises(NothingToRun) as caught:
        choose(listing(*there))
    assert caught.value.params == {"repository": "someone/model", "kind": kind}


def test_pattern_that_matches_nothing_is_told() -> None:
    with pytest.raises(NothingToRun):
        choose(listing("model.safetensors", "config.json"), ["*.gguf"])


@pytest.mark.parametrize("pickle", ["model.ckpt", "pytorch_model.bin", "weights.pth"])
def test_pickles_alone_are_unsafe(pickle: str) -> None:
    with pytest.raises(ModelUnsafe) as caught:
        choose(listing("README.md", "config.json", pickle))
    assert caught.value.params == {"file": pickle}


def test_of_a_model_that_cuts_out_its_onnx_file_is_fetched() -> None:
    names = (
        "README.md",
        "config.json",
        "onnx/model.onnx",
        "onnx/model_fp16.onnx",
        "preprocessor_config.json",
    )
    found = msgspec.structs.replace(listing(*names), repository="someone/BiRefNet-ONNX")
    assert chosen(found) == ["README.md", "config.json", "onnx/model.onnx", "preprocessor_config.json"]
    with pytest.raises(NothingToRun):  # of words, and nobody here runs it
        choose(listing(*names))
    assert chosen(listing(*names), "onnx/model_fp16.onnx")[-1] == "onnx/model_fp16.onnx"
