"""Where audio is cut into utterances."""
