"""ONNX Runtime without its telemetry and its chatter: everything in asrd imports it from here.

Since 1.29 the published wheels for Linux and macOS, and those for Windows since long, report about models, devices and
run times to their maker unless they are told not to before they start (Privacy.md in the wheel; pull request 27379 of
onnxruntime). Nothing may be sent anywhere from a machine that dictates.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, when the first session or environment is made

import onnxruntime as ort

ort.disable_telemetry_events()  # Windows, whose provider does not know the variable; or the host program was first
ort.set_default_logger_severity(4)  # fatal alone: what else it writes on standard error is in an exception, too

__all__ = ["ort"]
