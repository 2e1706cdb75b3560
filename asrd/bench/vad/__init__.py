"""Voice detectors and segmenter settings compared."""
