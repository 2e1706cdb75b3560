"""Ways to get text into a window, one class each."""
