"""`asrd devices`: which microphones there are."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from asrd.cli.output import report, write_json, write_line
from asrd.source.devices import InputDevice, input_devices, no_microphone


def run(args: argparse.Namespace) -> int:
    """Print one line for each.

    Raises:
        NativeError: PortAudio is missing or does not work.
    """
    devices = input_devices(with_rates=args.rates)
    if not devices:
        report(no_microphone())
    elif args.json:
        for device in devices:
            write_json(_as_object(device, with_rates=args.rates))
    else:
        for line in _table(devices, with_rates=args.rates):
            write_line(line)
    return 0


def _as_object(device: InputDevice, *, with_rates: bool) -> dict[str, object]:
    found = asdict(device)
    if not with_rates:
        del found["rates_hz"]  # not asked for
    return found


def _table(devices: Sequence[InputDevice], *, with_rates: bool) -> list[str]:
    rows = [_row(device, with_rates=with_rates) for device in devices]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(device: InputDevice, *, with_rates: bool) -> tuple[str, ...]:
    # Names come from drivers and remote sound servers.
    name = "".join(character if character.isprintable() else " " for character in device.name)
    channels = f"{device.channels} channel{'' if device.channels == 1 else 's'}"
    row = (f"{'*' if device.is_default else ' '} {device.index}", name, device.host_api, channels)
    rates = f"takes {', '.join(map(str, device.rates_hz)) or 'none of the usual rates'}" if with_rates else ""
    return (*row, f"{device.default_rate_hz} Hz", rates)
