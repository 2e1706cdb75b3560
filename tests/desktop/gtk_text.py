"""A window with one text field, run by the system's Python; answers each line of standard input with what it shows.

Lines: `text`: {"text": ..., "focused": ...} as JSON; `clear`: the same, after the field was emptied; `end`: it goes.
"""

import importlib
import json
import sys
from typing import Any

importlib.import_module("gi").require_version("Gtk", "3.0")
GLib, Gtk = (importlib.import_module(f"gi.repository.{name}") for name in ("GLib", "Gtk"))

window = Gtk.Window(title=sys.argv[1] if len(sys.argv) > 1 else "text")
window.set_default_size(600, 200)
view = Gtk.TextView()
view.set_wrap_mode(Gtk.WrapMode.CHAR)
view.set_accepts_tab(True)
window.add(view)
window.connect("destroy", Gtk.main_quit)
window.show_all()


def answer(_channel: Any, _condition: Any) -> bool:
    line = sys.stdin.readline()
    if line in ("", "end\n"):
        Gtk.main_quit()
        return False
    buffer = view.get_buffer()
    if line == "clear\n":
        buffer.set_text("")
    text = buffer.get_text(buffer.get_start_iter(), buffer.get_end_iter(), True)
    focused = window.has_toplevel_focus() and view.has_focus()
    sys.stdout.write(json.dumps({"text": text, "focused": focused}) + "\n")
    sys.stdout.flush()
    return True


GLib.io_add_watch(sys.stdin, GLib.PRIORITY_LOW, GLib.IO_IN | GLib.IO_HUP, answer)
Gtk.main()
