"""Servers on this machine that speak as OpenAI's interface does: their addresses, and what they say."""
