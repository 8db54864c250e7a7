"""The measure of reading, on vectors whose meaning is plain."""

import reading
import torch
from caption import CAPTION_SLOTS


def test_an_answer_is_fitted_to_what_the_vectors_say():
    words = [word for word in CAPTION_SLOTS["sky"] for _ in range(5)]
    vectors = torch.randn(len(words), 128) * 0.1
    for row, word in enumerate(words):
        vectors[row, CAPTION_SLOTS["sky"].index(word)] += 3
    answer = reading.fit(vectors, words, "sky")
    assert [CAPTION_SLOTS["sky"][i] for i in answer(vectors).argmax(1)] == words


def test_no_style_means_the_flat_one():
    answer = reading.fit(torch.eye(128)[:2], ["", "paper"], "style")
    assert [CAPTION_SLOTS["style"][i] for i in answer(torch.eye(128)[:2]).argmax(1)] == ["flat", "paper"]
