"""Voice detectors: each judges the frames of one stream (`asrd.segment.detector.VoiceDetector`)."""
