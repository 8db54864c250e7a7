"""How the language family reads conversations and writes whole characters."""
