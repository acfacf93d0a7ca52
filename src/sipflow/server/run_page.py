"""A run as one HTML file: the built editor with the run inside, which a browser opens without a server."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sipflow.base.errors import StorageFailed
from sipflow.base.sayings import Saying

EVENTS_PER_BLOCK: Final = 2_000
"""A page of the record as the editor asks for it: small enough to be read without a pause in what is drawn."""
MEDIA_TYPES: Final = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png"}

_SCRIPT: Final = re.compile(r'<script type="module"[^>]* src="/(assets/[\w.-]+\.js)"')
_SHEET: Final = re.compile(r'<link rel="stylesheet"[^>]* href="/(assets/[\w.-]+\.css)"')
_ADDRESS: Final = re.compile(r"""url\((['"]?)/?(?:assets/|\./)?([\w.-]+)\1\)""")


@dataclass(frozen=True, slots=True)
class Editor:
    """The built editor, in pieces that can stand inside a page."""

    script: str
    sheet: str


def read_editor(folder: Path) -> Editor:
    """Read what the web build left. Raises StorageFailed where it is not there."""
    try:
        page = (folder / "index.html").read_text(encoding="utf-8")
        script, sheet = _SCRIPT.search(page), _SHEET.search(page)
        if script is None or sheet is None:
            raise StorageFailed(Saying.of("editor-of-another-build"))
        return Editor(
            script=_inside_script((folder / script[1]).read_text(encoding="utf-8")),
            sheet=_with_assets((folder / sheet[1]).read_text(encoding="utf-8"), folder / "assets"),
        )
    except OSError as error:
        raise StorageFailed(Saying.of("editor-not-built")) from error


def run_page(
    editor: Editor,
    title: str,
    run: Mapping[str, Any],
    event_lines: Iterable[bytes],
    recordings: Iterable[tuple[str, Mapping[str, Any]]] = (),
) -> Iterator[bytes]:
    """The page, piece by piece. `run` is all but the events, lines of JSON, and the recordings, each by its id.

    Nothing but the editor's own script runs in it, and nothing is loaded: its policy says so to the browser.
    """
    digest = base64.b64encode(hashlib.sha256(editor.script.encode()).digest()).decode()
    # Sheets are not hashed: parts of the editor put their own ones into the page.
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data: blob:; "
        "font-src data:; media-src blob:; base-uri 'none'; form-action 'none'"
    )
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f"<title>{html.escape(title)}</title>\n<style>{editor.sheet}</style>\n</head>\n"
        '<body>\n<div id="root"></div>\n'
    ).encode("utf-8", "replace")
    yield _block("run", json.dumps(run, separators=(",", ":")).encode())
    lines = iter(event_lines)
    while block := list(islice(lines, EVENTS_PER_BLOCK)):
        yield _block("events", b"[%b]" % b",".join(line.rstrip(b"\n") for line in block))
    for recording_id, recording in recordings:
        yield _block(f"recording-{recording_id}", json.dumps(recording, separators=(",", ":")).encode())
    yield b'<script type="module">'
    yield editor.script.encode()
    yield b"</script>\n</body>\n</html>\n"


def _block(name: str, data: bytes) -> bytes:
    """JSON that no text in it can end: `<` stands in JSON only within strings, where it may be written as escape."""
    return b'<script type="application/json" data-sipflow="%b">%b</script>\n' % (
        name.encode(),
        data.replace(b"<", b"\\u003c"),
    )


def _inside_script(source: str) -> str:
    """A script whose strings can't end its element, in the line ends that a browser hashes."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"<(?=!--|/script)", r"\\x3c", source, flags=re.IGNORECASE)


def _with_assets(sheet: str, folder: Path) -> str:
    """The sheet with the files that it names inside, as far as they are of the editor."""

    def inline(found: re.Match[str]) -> str:
        path = folder / found[2]
        media_type = MEDIA_TYPES.get(path.suffix)
        if media_type is None or not path.is_file():
            return found[0]
        return f"url(data:{media_type};base64,{base64.b64encode(path.read_bytes()).decode()})"

    return _ADDRESS.sub(inline, sheet).replace("</style", "<\\/style")
