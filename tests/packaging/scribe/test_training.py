"""The network that training starts from, the tokenizer, and going on after a stop."""

import json
from pathlib import Path

import pytest
import torch
from scribe.export import RESOURCES
from scribe.tokenizer import CHAT_TEMPLATE, load_tokenizer
from scribe.train import HELD_OUT, IGNORED, Recipe, Trainer, batches, build_model, encode

SMALL = Recipe(layers=2, feed_forward=64, batch_tokens=256, pool=8)


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer(RESOURCES)


def test_an_untrained_network_can_copy(tokenizer):
    torch.manual_seed(0)
    model = build_model(SMALL, len(tokenizer))
    said = torch.randint(3, len(tokenizer), (4, 60))
    with torch.no_grad():
        logits = model(input_ids=torch.cat([said, said], 1)).logits
    again = torch.nn.functional.cross_entropy(logits[:, 60:-1].flatten(0, 1), said[:, 1:].flatten())
    assert float(again) < 0.5


def test_only_a_width_of_256_is_laid_out_for_copying(tokenizer):
    with pytest.raises(ValueError, match="256"):
        build_model(Recipe(hidden=128, heads=2), len(tokenizer))


def test_the_tokenizer_gives_back_every_text_and_joins_no_characters(tokenizer):
    text = "Zoë says: 左边三只黑色的猫 (12 cats)!\n🙂"
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert len(tokenizer.encode("黑色的猫")) == 4
    assert len(tokenizer.encode("2026")) == 4


def test_only_what_the_assistant_says_is_marked(tokenizer):
    chat = [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hi."}]
    ids, spoken = encode(tokenizer, chat)
    assert tokenizer.decode([i for i, own in zip(ids, spoken, strict=True) if own]) == "Hi.<|end|>"
    rendered = tokenizer.apply_chat_template(chat, tokenize=False)
    assert tokenizer.decode(ids) == rendered
    assert tokenizer.chat_template == CHAT_TEMPLATE


def test_held_out_batches_learn_nothing_that_the_person_says(tokenizer):
    batch = next(batches(tokenizer, SMALL, HELD_OUT))
    learned = batch.targets != IGNORED
    assert 0 < int(learned.sum()) < batch.tokens
    assert batch.ids.shape == batch.targets.shape


@pytest.mark.long
def test_a_stopped_training_goes_on_where_it_was(tokenizer, tmp_path: Path):
    first = Trainer(build_model(SMALL, len(tokenizer)), tokenizer, SMALL, tmp_path, budget=1e-3)
    first.run()
    again = Trainer(build_model(SMALL, len(tokenizer)), tokenizer, SMALL, tmp_path, budget=1e-3)
    assert (again.step, again.tokens, again.runs) == (first.step, first.tokens, 1)
    assert first.step > 0
    torch.testing.assert_close(again.parameters, first.parameters)
    torch.testing.assert_close(again.average, first.average)
    for before, after in zip(first.optimisers, again.optimisers, strict=True):
        torch.testing.assert_close(after.state_dict(), before.state_dict())


def test_a_training_goes_on_from_shipped_weights_in_the_middle_of_its_schedule(tokenizer, tmp_path: Path):
    shipped = build_model(SMALL, len(tokenizer))
    torch.nn.init.normal_(shipped.model.embed_tokens.weight)
    trainer = Trainer(build_model(SMALL, len(tokenizer)), tokenizer, SMALL, tmp_path, budget=60)
    trainer.begin(shipped)
    assert (trainer.spent, trainer.step) == (30, 0)
    torch.testing.assert_close(trainer.parameters, [p.detach() for p in shipped.parameters()])
    torch.testing.assert_close(trainer.average, trainer.parameters)
    assert trainer.average[0] is not trainer.parameters[0]


def test_the_shipped_weights_are_small_and_llama(tokenizer):
    config = json.loads((RESOURCES / "config.json").read_text())
    assert config["architectures"] == ["LlamaForCausalLM"]
    assert config["vocab_size"] == len(tokenizer)
    assert (RESOURCES / "model.safetensors").stat().st_size <= 30e6
