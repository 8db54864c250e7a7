"""Text encoders of real pipelines: their work is kept, weights and length reach the picture or are noted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate.hooks import AlignDevicesHook, add_hook_to_module
from diffusers import PixArtAlphaPipeline, StableDiffusionImg2ImgPipeline
from PIL import Image
from transformers import ByT5Tokenizer, T5Config, T5EncoderModel

from studio.catalog.inspect import inspect_model
from studio.core.jobs import GenerateImages
from studio.core.messages import FromWorker, Result, Saved
from studio.core.prompts.weights import weighted
from studio.media.recipes import read_recipe
from studio.runtime.desk import Desk
from studio.runtime.families import diffusion
from studio.runtime.pictures import kept
from studio.runtime.pictures.arguments import plan_call
from studio.runtime.pictures.encodings import encoded
from studio.runtime.pictures.kept import Encodings, Unkeepable, copied, frozen
from studio.runtime.pictures.load import LoadedPipeline
from studio.runtime.pictures.reading import chunks_of
from studio.runtime.pictures.weights import Written, moved, scaled
from studio.runtime.residency import LoadContext
from tests import zoo
from tests.zoo import further, pictures

BUILDERS: dict[str, Callable[[Path], Path]] = {
    "stable_diffusion": zoo.stable_diffusion,
    "stable_diffusion_xl": zoo.stable_diffusion_xl,
    "flux": zoo.flux,
    "pixart": zoo.pixart,
    "stable_diffusion_3": pictures.stable_diffusion_3,
    "qwen_image": pictures.qwen_image,
    "qwen_image_21": pictures.qwen_image_21,
    "z_image": pictures.z_image,
    "flux2_klein": pictures.flux2_klein,
    "chroma": pictures.chroma,
    "sana": further.sana,
    "lumina2": lambda folder: further.lumina2(folder, tokens=300),
    "aura_flow": further.aura_flow,
    "hunyuan_dit": further.hunyuan_dit,
    "hidream": further.hidream,
}
QUICK = ("stable_diffusion", "stable_diffusion_xl", "flux", "pixart")
EACH = [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in BUILDERS]
LONG = "calm lake and a hill " * 40  # 200 words


class Bench:
    """A pipeline in memory, and how often its encoders were asked.

    Attributes:
        calls: since the last job began.
    """

    def __init__(self, path: Path, out: Path) -> None:
        self.out = out
        self.spec = inspect_model(path)
        self.loaded: LoadedPipeline = diffusion.load(
            self.spec, LoadContext(Desk("job", out, [].append), 1 << 40)
        )
        self.calls = 0
        for name, part in self.loaded.pipe.components.items():
            if name.startswith("text_encoder") and part is not None:
                part.register_forward_pre_hook(self._count)

    def _count(self, *_: Any) -> None:
        self.calls += 1

    def make(self, prompt: str = "a red boat", **wishes: Any) -> tuple[np.ndarray, Result, str | None]:
        """The first picture, the result, and what the record says of the prompt."""
        basic = {"seed": 7, "num_inference_steps": 2, "width": 64, "height": 64, "previews": False}
        sent, self.calls = list[FromWorker](), 0
        job = GenerateImages(id="job", model=self.spec, prompt=prompt, **(basic | wishes))
        result = diffusion.generate(self.loaded, job, Desk("job", self.out, sent.append))
        path = next(Path(one.path) for one in sent if isinstance(one, Saved))
        recipe = read_recipe(path)
        assert recipe is not None and recipe.execution is not None and recipe.prompt == prompt
        return np.asarray(Image.open(path)).astype(int), result, recipe.execution.options.get("prompt")

    def encoding(self, prompt: str = "a red boat", **wishes: Any) -> tuple[torch.Tensor, ...]:
        """What the pipeline was given in place of the words."""
        self.loaded.encodings.clear()
        self.make(prompt, **wishes)
        made = [one for kept_one in self.loaded.encodings for one in kept.tensors_in(kept_one.made)]
        return tuple(one for one in made if one.is_floating_point())


@pytest.fixture(scope="session")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Bench]]:
    root, made = tmp_path_factory.mktemp("encoders"), dict[str, Bench]()

    def find(name: str) -> Bench:
        if name not in made:
            made[name] = Bench(BUILDERS[name](root / name), root)
        return made[name]

    yield find


def codes(result: Result) -> set[str]:
    return {note.code for note in result.notes} - {"size_changed"}


def same(first: tuple[torch.Tensor, ...], second: tuple[torch.Tensor, ...]) -> bool:
    return len(first) == len(second) and all(map(torch.equal, first, second))


@pytest.mark.parametrize("name", EACH)
def test_a_prompt_is_encoded_once_and_the_pictures_are_the_bare_pipelines(
    benches: Callable[[str], Bench], name: str
) -> None:
    bench = benches(name)
    bench.loaded.encodings.clear()
    anew, _, _ = bench.make(seed=8)
    assert bench.calls > 0
    bench.make(seed=7)
    assert bench.calls == 0
    again, result, how = bench.make(seed=8)
    assert bench.calls == 0 and (again == anew).all() and how is None and not codes(result)
    arguments = plan_call(
        bench.loaded.pipe,
        GenerateImages(
            id="job",
            model=bench.spec,
            prompt="a red boat",
            seed=8,
            num_inference_steps=2,
            width=64,
            height=64,
        ),
        Desk("job", bench.out, [].append),
    ).arguments
    made = bench.loaded.pipe(**arguments, generator=torch.Generator("cpu").manual_seed(8))
    assert bench.calls > 0
    assert (np.asarray(made.images[0]).astype(int) == anew).all()


@pytest.mark.parametrize("name", EACH)
def test_weights_reach_what_the_denoiser_is_given(benches: Callable[[str], Bench], name: str) -> None:
    bench = benches(name)
    plain = bench.encoding("a red boat")
    assert same(plain, bench.encoding("a (red:1.0) boat"))
    more, less = bench.encoding("a (red:1.5) boat"), bench.encoding("a (red:0.5) boat")
    assert not same(plain, more) and not same(plain, less) and not same(more, less)
    assert all(torch.isfinite(one).all() for one in (*more, *less))
    _, result, how = bench.make("a (red:1.5) boat")
    assert bench.calls > 0  # that with 0.5 was the last one kept
    assert not codes(result) and how is not None and how.startswith("weights as ")


@pytest.mark.parametrize("name", ["stable_diffusion", "pixart"])
def test_weights_change_the_picture_on_both_sides(benches: Callable[[str], Bench], name: str) -> None:
    bench = benches(name)
    plain, _, _ = bench.make(negative_prompt="ugly", guidance_scale=4.0)
    for wishes in (
        {"prompt": "a (red:1.8) boat", "negative_prompt": "ugly"},
        {"negative_prompt": "(ugly:1.8)"},
    ):
        weighed, result, _ = bench.make(**wishes, guidance_scale=4.0)
        assert (weighed != plain).any() and not result.notes


@pytest.mark.parametrize("name", ["stable_diffusion", "stable_diffusion_xl", "stable_diffusion_3"])
def test_a_long_prompt_is_read_to_its_last_word(benches: Callable[[str], Bench], name: str) -> None:
    bench = benches(name)
    first, second = bench.encoding(LONG + "sun"), bench.encoding(LONG + "cat")
    assert not same(first, second)
    sun, result, how = bench.make(LONG + "sun")
    cat, _, _ = bench.make(LONG + "cat")
    assert (sun != cat).any()
    assert codes(result) == {"prompt_in_parts"} and how is not None and how.startswith("9 parts")


def test_a_token_across_a_border_weighs_in_between() -> None:
    written = Written(weighted("雪(山:1.5) 水"))
    assert [written.weight_of(*span) for span in ((0, 1), (1, 2), (0, 2), (2, 4), (9, 9))] == [
        1.0,
        1.5,
        1.25,
        1.0,
        1.0,
    ]


def test_both_prompts_are_read_in_as_many_parts(benches: Callable[[str], Bench]) -> None:
    bench = benches("stable_diffusion")
    short, long = bench.make(negative_prompt=LONG), bench.make(LONG, negative_prompt="ugly")
    assert {note.params["parts"] for _, result, _ in (short, long) for note in result.notes} == {9}
    other, _, _ = bench.make(negative_prompt=LONG + "cat")
    assert (other != short[0]).any()


def test_break_begins_a_part(benches: Callable[[str], Bench]) -> None:
    bench = benches("stable_diffusion")
    _, result, how = bench.make("a red boat BREAK a hill")
    assert [(note.code, note.params) for note in result.notes] == [("prompt_in_parts", {"parts": 2})]
    assert how == "2 parts"
    assert bench.encoding("a red boat BREAK a hill")[0].shape[1] == 2 * 77
    tokenizer, pieces = bench.loaded.pipe.tokenizer, weighted("a (red:1.5) boat BREAK a hill")
    written = Written(pieces)
    chunks = chunks_of(tokenizer, written.text, written, 75)
    assert ["".join(tokenizer.convert_ids_to_tokens([token for token, _ in one])) for one in chunks] == [
        "a</w>red</w>boat</w>",
        "a</w>hill</w>",
    ]
    assert [weight for _, weight in chunks[0]] == [1.0] + [1.5] * 3 + [1.0] * 4


def test_where_a_part_begins_is_part_of_the_question(benches: Callable[[str], Bench]) -> None:
    bench = benches("stable_diffusion")
    bench.loaded.encodings.clear()
    made = [bench.make(prompt)[0] for prompt in ("a red BREAK boat and sea", "a red boat BREAK and sea")]
    assert (made[0] != made[1]).any()


def test_threads_are_part_of_the_question(benches: Callable[[str], Bench]) -> None:
    """They decide in which order sums are taken: what is made again under others must not get these."""
    bench, threads = benches("stable_diffusion"), torch.get_num_threads()
    bench.make()
    torch.set_num_threads(threads + 1)
    try:
        bench.make()
        assert bench.calls > 0
    finally:
        torch.set_num_threads(threads)


def test_more_parts_than_anybody_reads_are_cut_and_told(benches: Callable[[str], Bench]) -> None:
    bench = benches("stable_diffusion")
    _, result, _ = bench.make("boat " * 640)  # 2,560 tokens of letters
    assert {note.code: note.params for note in result.notes} == {
        "prompt_in_parts": {"parts": 32},
        "prompt_cut": {"used": 2400, "tokens": 2560},
    }


@pytest.mark.long
def test_a_long_prompt_gets_the_length_that_the_pipeline_allows(benches: Callable[[str], Bench]) -> None:
    words = "calm lake and a hill " * 15  # 315 letters, where 256 is the default
    _, result, how = benches("stable_diffusion_3").make(words)
    assert how == "4 parts, up to 512 tokens" and codes(result) == {"prompt_in_parts"}
    _, result, how = benches("lumina2").make(words)
    assert how == "up to 299 tokens" and codes(result) == {"prompt_cut"}


def test_a_sibling_over_the_same_parts_reads_alike(benches: Callable[[str], Bench]) -> None:
    bench = benches("stable_diffusion")
    sibling = StableDiffusionImg2ImgPipeline(**bench.loaded.pipe.components, requires_safety_checker=False)
    prompt, start = "a (red:1.5) boat, " + LONG, Image.new("RGB", (64, 64), "teal")
    job = GenerateImages(id="job", model=bench.spec, prompt=prompt, seed=1, num_inference_steps=4)
    expected = bench.encoding(prompt)
    made, calls = list[np.ndarray](), list[int]()
    for _ in range(2):
        desk = Desk("job", bench.out, [].append)
        call = plan_call(sibling, job, desk)
        bench.calls = 0
        with encoded(bench.loaded, sibling, call, (), desk):
            pictures = sibling(**call.arguments, image=start, generator=torch.Generator("cpu").manual_seed(1))
        made.append(np.asarray(pictures.images[0]))
        calls.append(bench.calls)
        assert [note.code for note in desk.notes] == ["prompt_in_parts"]
        assert call.read == "9 parts, weights as A1111"
    assert (made[0] == made[1]).all() and calls[0] > 0 == calls[1]
    kept_ones = [one for each in bench.loaded.encodings for one in kept.tensors_in(each.made)]
    assert same(tuple(kept_ones), (*expected, *expected))


@pytest.mark.long
def test_parts_that_do_not_come_to_count_are_none(benches: Callable[[str], Bench]) -> None:
    _, result, how = benches("hidream").make(LONG)  # its CLIPs are asked for the pooled output alone
    assert codes(result) == {"prompt_cut"} and how is None


def test_hooks_that_move_a_model_stay_on_it(tmp_path: Path) -> None:
    bench = Bench(zoo.stable_diffusion(tmp_path / "model"), tmp_path)
    prompt = "a (red:1.5) boat, " + LONG
    before, _, _ = bench.make(prompt)
    encoder = bench.loaded.pipe.text_encoder
    add_hook_to_module(encoder, AlignDevicesHook(execution_device="cpu", io_same_device=True))
    hooked = encoder.forward
    bench.loaded.encodings.clear()
    after, _, _ = bench.make(prompt)
    assert bench.calls > 0 and (after == before).all()
    assert encoder.forward is hooked
    assert not {"_encode_plus"} & vars(bench.loaded.pipe.tokenizer).keys()
    assert "encode_prompt" not in vars(bench.loaded.pipe)


@pytest.mark.long
def test_what_is_otherwise_is_encoded_anew(benches: Callable[[str], Bench]) -> None:
    bench = benches("stable_diffusion")
    bench.loaded.encodings.clear()
    for wishes in ({}, {"num_images": 2}, {"negative_prompt": "ugly"}, {"guidance_scale": 1.0}):
        bench.make(**wishes)
        assert bench.calls > 0, wishes
    bench.loaded.options["offload"] = "model"
    try:
        bench.make()
        assert bench.calls > 0
    finally:
        del bench.loaded.options["offload"]
    for wishes in ({}, {"num_images": 2}, {"negative_prompt": "ugly"}, {"guidance_scale": 1.0}):
        bench.make(**wishes)
        assert bench.calls == 0, wishes


def test_no_more_is_kept_than_is_bearable(monkeypatch: pytest.MonkeyPatch) -> None:
    encodings = Encodings()
    for number in range(kept.MOST_KEPT + 1):
        encodings.keep(number, (torch.zeros(4), None), ())
    assert encodings.find(0) is None and len(list(encodings)) == kept.MOST_KEPT
    assert encodings.find(1) is not None  # and so it is the newest
    monkeypatch.setattr(kept, "MOST_BYTES", 40)
    encodings.keep("large", torch.zeros(11), ())
    assert encodings.find("large") is None
    encodings.keep("small", torch.zeros(6), ())
    assert encodings.size_bytes == 40 and encodings.find(1) is not None
    encodings.keep("named", {"text": [torch.zeros(1)], "pooled": None}, ())
    found = encodings.find("named")
    assert found is not None and copied(found.made) == {"text": [torch.zeros(1)], "pooled": None}
    encodings.keep("odd", object(), ())
    assert encodings.find("odd") is None


def test_what_is_kept_is_not_what_the_pipeline_writes_into(benches: Callable[[str], Bench]) -> None:
    bench = benches("stable_diffusion")
    before = bench.encoding("a red boat")
    copies = [one.clone() for one in before]
    original = bench.loaded.pipe.unet.forward

    def spoil(sample: Any, timestep: Any, encoder_hidden_states: torch.Tensor, **kwargs: Any) -> Any:
        encoder_hidden_states.zero_()
        return original(sample, timestep, encoder_hidden_states=encoder_hidden_states, **kwargs)

    bench.loaded.pipe.unet.forward = spoil
    try:
        bench.make()
    finally:
        del bench.loaded.pipe.unet.forward
    assert all(map(torch.equal, before, copies))


@pytest.mark.parametrize("value", [Image.new("RGB", (2, 2)), torch.zeros(1), [Image.new("RGB", (2, 2))]])
def test_a_question_with_a_picture_in_it_has_no_key(value: Any) -> None:
    with pytest.raises(Unkeepable):
        frozen({"prompt": "a boat", "image": value})
    assert frozen({"prompt": ["a"]}) != frozen({"prompt": "a"})
    assert frozen({"clip_skip": 1}) != frozen({"clip_skip": True})


def test_a_released_model_keeps_nothing(tmp_path: Path) -> None:
    bench = Bench(zoo.stable_diffusion(tmp_path / "model"), tmp_path)
    bench.make()
    assert bench.loaded.encodings.size_bytes > 0
    bench.loaded.release()
    assert bench.loaded.encodings.size_bytes == 0


def test_a_reader_that_says_not_which_letters_it_read_cannot_weigh(tmp_path: Path) -> None:
    pipe = PixArtAlphaPipeline.from_pretrained(zoo.pixart(tmp_path / "model"), local_files_only=True)
    tokenizer = ByT5Tokenizer(extra_ids=0)
    torch.manual_seed(2)
    config = T5Config(vocab_size=300, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4)
    pipe.register_modules(tokenizer=tokenizer, text_encoder=T5EncoderModel(config).eval())
    pipe.save_pretrained(tmp_path / "bytes")
    bench = Bench(tmp_path / "bytes", tmp_path)
    plain, result, _ = bench.make()
    assert not result.notes
    weighed, result, how = bench.make("a (red:1.5) boat")
    assert (weighed == plain).all() and codes(result) == {"weights_unused"} and how is None


def test_scaling_restores_the_mean_and_leaves_other_rows_alone() -> None:
    hidden = torch.rand(2, 4, 3) + 1
    weights = torch.tensor([[1.0, 1.5, 0.5, 1.0], [1.0] * 4])
    made = scaled(hidden, weights)
    assert torch.allclose(made.mean(dim=(1, 2)), hidden.mean(dim=(1, 2)))
    assert torch.equal(made[1], hidden[1])
    ratio = made[0] / hidden[0]
    assert torch.allclose(ratio[1] / ratio[0], torch.tensor(1.5)) and torch.allclose(
        ratio[2] / ratio[3], torch.tensor(0.5)
    )
    centred = torch.tensor([[[1.0, -1.0], [1.0, -1.0 + 1e-6]]])  # as behind a norm: no mean to speak of
    assert torch.allclose(scaled(centred, torch.tensor([[1.0, 2.0]]))[0, 1], 2 * centred[0, 1])


def test_moving_goes_on_from_the_empty_prompt() -> None:
    hidden, empty = torch.full((1, 3, 2), 3.0), torch.ones(1, 3, 2)
    made = moved(hidden, empty, torch.tensor([[1.0, 2.0, 0.0]]))
    assert made[0, :, 0].tolist() == [3.0, 5.0, 1.0]


@pytest.mark.parametrize(
    ("text", "place"),
    [("a Red boat", 0), ("<user> a Red boat <end>", 7), ("  a red boat", 2), ("a blue boat", None)],
)
def test_the_words_are_found_in_what_a_pipeline_makes_of_them(text: str, place: int | None) -> None:
    assert Written(weighted("a (Red) boat")).found_in(text) == place
