"""The language that prompts are written in: weights, alternatives, wildcards and styles."""
