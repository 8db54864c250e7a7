"""How the llama family holds a GGUF model: llama.cpp by its C functions, without its words on stderr."""
