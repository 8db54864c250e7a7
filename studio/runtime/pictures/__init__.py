"""How the diffusion family loads, calls and watches pipelines."""
