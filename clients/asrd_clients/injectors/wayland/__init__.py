"""Typing under Wayland, where programs may type only through what the compositor allows, or through the kernel."""
