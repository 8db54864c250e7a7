"""Jobs refuse early what no model can do, and survive the wire and the database unchanged."""

import msgspec
import pytest

from studio.core import errors, messages
from studio.core.ids import new_id
from studio.core.inputs import InputPicture, Role
from studio.core.job_checks import check_turns, checked
from studio.core.jobs import MAX_SEED, GenerateImages, Reply, decode_job, encode_job, lane_of, title_of
from studio.core.model import Ability, Defaults, Lora, ModelSpec
from studio.core.passes import SecondPass, Variation
from studio.core.plain_text import clean_text
from studio.core.recipe import Execution
from studio.core.sampling import Sampling
from studio.core.sheets import Axis, Setting, Sheet, Shot
from studio.core.turns import ChatTurn

MODEL = ModelSpec(
    id="local/x", name="X", family="fake", base="Fake", abilities=(Ability.GENERATE,), path="/models/x"
)


def picture(**changes: object) -> GenerateImages:
    plain = GenerateImages(id=new_id(), model=MODEL, prompt="a boat", seed=1)
    return msgspec.structs.replace(plain, **changes)


def reply(text: str, **sampling: object) -> Reply:
    return Reply(
        id=new_id(),
        model=MODEL,
        conversation=new_id(),
        message=new_id(),
        turns=(ChatTurn("user", text),),
        sampling=Sampling(**sampling),
    )


def test_a_side_of_nothing_is_named_as_it_was_given() -> None:
    with pytest.raises(errors.SizeOutOfRange) as caught:
        checked(picture(width=0))
    assert (caught.value.params["width"], caught.value.params["height"]) == (0, "auto")


SHEET = Sheet(id="s", columns=Axis(setting=Setting.STEPS, values=("1",)))
START = InputPicture(role=Role.START, path="/a.png")
REFERENCE = InputPicture(role=Role.REFER, path="/a.png")


def record(**said: int) -> Execution:
    return Execution(device="cpu", precision="float32", **said)  # type: ignore[arg-type]


def endless_variation() -> Variation:
    made = Variation(seed=0)
    for seed in range(900):
        made = Variation(seed=seed, of=made)
    return made


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": ""}, errors.PromptEmpty),
        ({"prompt": "\x00\x07 \t"}, errors.PromptEmpty),
        ({"prompt": "a" * 100_000}, errors.PromptTooLong),
        ({"negative_prompt": "a" * 100_000}, errors.PromptTooLong),
        ({"width": 0}, errors.SizeOutOfRange),
        ({"height": -8}, errors.SizeOutOfRange),
        ({"width": 100_000, "height": 64}, errors.SizeOutOfRange),
        ({"width": 4096, "second_pass": SecondPass(scale=2.5)}, errors.SizeOutOfRange),
        ({"seed": MAX_SEED + 1}, errors.SeedOutOfRange),
        ({"loras": (Lora(id="l", name="L", path="/l", scale=11.0),)}, errors.ValueOutOfRange),
        ({"loras": (Lora(id="l", name="L", path="/l", scale=float("nan")),)}, errors.ValueOutOfRange),
        ({"seed": -1}, errors.SeedOutOfRange),
        ({"num_inference_steps": 0}, errors.ValueOutOfRange),
        ({"guidance_scale": float("nan")}, errors.ValueOutOfRange),
        ({"num_images": 17}, errors.ValueOutOfRange),
        ({"first": -1}, errors.ValueOutOfRange),
        ({"num_images": 40, "sheet": SHEET}, errors.ValueOutOfRange),
        ({"inputs": (START, START)}, errors.ValueOutOfRange),
        ({"inputs": (REFERENCE,) * 17}, errors.ValueOutOfRange),
        ({"inputs": (msgspec.structs.replace(REFERENCE, weight=float("nan")),)}, errors.ValueOutOfRange),
        ({"variation": Variation(seed=1, of=Variation(seed=-1))}, errors.SeedOutOfRange),
        ({"variation": Variation(seed=1, of=Variation(seed=1, drift=9.0))}, errors.ValueOutOfRange),
        ({"variation": endless_variation()}, errors.ValueOutOfRange),
        ({"again": record(batch=1_000_000)}, errors.ValueOutOfRange),
        ({"again": record(place=3, batch=3)}, errors.ValueOutOfRange),
        ({"again": record(threads=0)}, errors.ValueOutOfRange),
    ],
)
def test_what_no_model_can_do_is_refused_with_a_sentence(changes, error):
    with pytest.raises(error) as raised:
        checked(picture(**changes))
    assert "{" not in str(raised.value)
    assert "{" not in raised.value.hint.format(**raised.value.params)


@pytest.mark.parametrize(
    ("job", "error"),
    [
        (reply(" \n"), errors.MessageEmpty),
        (reply("hello", temperature=float("inf")), errors.ValueOutOfRange),
        (reply("hello", top_p=1.5), errors.ValueOutOfRange),
        (reply("hello", max_new_tokens=0), errors.ValueOutOfRange),
        (reply("hello", seed=2**64), errors.SeedOutOfRange),
    ],
)
def test_bad_messages_and_sampling_are_refused(job, error):
    with pytest.raises(error):
        check_turns(job)


def test_a_size_that_merely_needs_rounding_passes_the_door():
    assert checked(picture(width=63, height=63)).width == 63


def test_text_is_cleaned_but_kept():
    assert clean_text("a\x00b\r\nc\td\ud800\u202e 船") == "ab\nc\td 船"
    assert checked(picture(prompt="红帆\x1b船")).prompt == "红帆船"


def test_every_text_of_a_sheet_is_cleaned():
    shot = Shot(prompt="a\ud800", negative_prompt="b\ud800")
    job = checked(picture(shots=(shot,), sheet=SHEET, styles=("c\ud800",)))
    assert job.shots == (Shot(prompt="a", negative_prompt="b"),) and job.styles == ("c",)
    assert decode_job(encode_job(job)) == job


def test_limits_survive_the_wire_and_the_database():
    job = picture(seed=MAX_SEED, prompt="海上的船 ⛵")
    assert decode_job(encode_job(job)) == job
    run = messages.Run(job=job, staging="/s", memory_budget=2**40)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(run), type=messages.ToWorker) == run


def test_loras_and_their_schedule_survive_the_database():
    defaults = Defaults(scheduler="Euler", scheduler_options={"timestep_spacing": "trailing", "shift": 3.0})
    model = msgspec.structs.replace(MODEL, defaults=defaults)
    lora = Lora(id="a/b", name="Fast", path="/x/fast.safetensors", suits="sdxl", fingerprint="f", scale=-0.5)
    job = picture(model=model, loras=(lora,))
    assert decode_job(encode_job(checked(job))) == job


def test_a_job_of_an_older_version_still_opens():
    fields = msgspec.json.decode(encode_job(picture()))
    old = {name: fields[name] for name in ("type", "id", "model", "prompt", "seed")} | {"forgotten": 1}
    assert decode_job(msgspec.json.encode(old).decode()).num_images == 1


def test_lane_and_title():
    assert lane_of(picture()) == "image"
    assert lane_of(reply("x")) == "language"
    assert title_of(reply("two\nlines  of text")) == "two lines of text"
    assert title_of(msgspec.structs.replace(reply("Sum up."), summary_of="Boats")) == "Boats"
