"""Every main screen of the editor, as `scripts/screenshots` takes it."""

from scripts.screens import drawing, monitor, workspace
from scripts.screens.desk import Desk, Screen

SCREENS: dict[str, Screen] = {
    screen.__name__: screen for part in (workspace, drawing, monitor) for screen in part.SCREENS
}

__all__ = ["SCREENS", "Desk", "Screen"]
