"""Which models take no negative prompt at all."""

# Pipelines of diffusers whose call has no `negative_prompt`; tests/runtime/test_negative.py compares.
WITHOUT = frozenset(
    {
        "DreamLiteMobilePipeline",
        "Flux2KleinKVPipeline",
        "Flux2KleinPipeline",
        "Flux2Pipeline",
        "GlmImagePipeline",
        "Ideogram4Pipeline",
        "LDMTextToImagePipeline",
        "LatentConsistencyModelPipeline",
        "OmniGenPipeline",
        "SanaSprintPipeline",
        "UnCLIPPipeline",
        "VQDiffusionPipeline",
    }
)


def takes_negative(base: str) -> bool:
    """Whether a model of this pipeline class reads a negative prompt, as far as its signature tells."""
    return base not in WITHOUT
