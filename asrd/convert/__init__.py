"""Makes model folders out of Qwen3-ASR checkpoints, without PyTorch. Needs the extra `convert`."""
