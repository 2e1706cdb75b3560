"""The audio encoder on ONNX Runtime: one class per session (`session`), and the two stages together (`onnx`)."""
