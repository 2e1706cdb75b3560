"""asrd: real-time streaming dictation on your own machine.

The public Python interface is what this module exports::

    from asrd import Recognizer

    with Recognizer.open("path/to/model") as recognizer:
        print(recognizer.transcribe(samples).text)
"""

__version__ = "0.1.0"
