"""Text before and after the decoder: prompt, output, stabiliser, subtitles."""
