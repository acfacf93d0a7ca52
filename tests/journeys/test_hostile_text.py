"""Text that a hostile peer or file brings along: it is shown as it is, and nothing in it runs."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Request, expect

from tests.documents import chain, command, document, event, instance
from tests.journeys.app import App
from tests.journeys.editor import Editor

CORPUS = (
    "<img src=x onerror=ran=1>",
    "<script>ran=1</script>",
    "<svg/onload=ran=1>",
    "</title></textarea></style><iframe srcdoc='<script>parent.ran=1</script>'>",
    "javascript:ran=1//",
    '"><a href=javascript:ran=1 autofocus onfocus=ran=1>',
    "{{constructor.constructor('ran=1')()}}",
    "${ran=1}`",
    "&lt;img src=x onerror=ran=1&gt;",
    "<img src=http://evil.example/x>",
    "\x1b]0;ran\x07\x1b[31m",
    "\u202e1=nar\u202c\u200b\ufeff",
    "%3Cimg%20src=x%20onerror=ran=1%3E",
    "']];ran=1;//",
    "x" * 2_000,
)
NUMBERS = len(CORPUS) // 3
ANSWER_LIMIT_S = 0.5
TRIES = 40


def invite(port: int, number: int) -> bytes:
    """An INVITE whose every text is one of the corpus; all numbers together show all of it."""

    def text(shift: int) -> str:
        return CORPUS[(3 * number + shift) % len(CORPUS)]

    quoted = text(0).replace("\\", "\\\\").replace('"', '\\"')
    body = f"{text(5)}\r\n<html><body onload=ran=1>{text(6)}"
    lines = [
        f"INVITE sip:1001@127.0.0.1:{port} SIP/2.0",
        "Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKhostile",
        "Max-Forwards: 70",
        f'From: "{quoted}" <sip:evil@127.0.0.1>;tag=1',
        f"To: <sip:1001@127.0.0.1:{port}>",
        "Call-ID: hostile<b>@evil",
        "CSeq: 1 INVITE",
        "Contact: <sip:evil@127.0.0.1:9>",
        f"User-Agent: {text(1)}",
        f"Subject: {text(2)}",
        f'Reason: SIP;cause=200;text="{quoted}"',
        f"X-Hostile: {text(3)}",
        f"Organization: {text(4)}",
        "Content-Type: text/html",
        "Content-Disposition: session;handling=optional",
        f"Content-Length: {len(body.encode())}",
    ]
    return "\r\n".join([*lines, "", body]).encode()


def send_until_answered(message: bytes, port: int) -> None:
    """Send a request until a final response comes, as a peer does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(ANSWER_LIMIT_S)
        for _ in range(TRIES):
            peer.sendto(message, ("127.0.0.1", port))
            try:
                while (answer := peer.recv(65_536)).startswith(b"SIP/2.0 1"):
                    pass
            except TimeoutError:
                continue
            assert answer.startswith(b"SIP/2.0 ")
            return
    pytest.fail("the instance did not answer")


def hostile_document(port: int, number: int) -> dict[str, Any]:
    """A scenario whose every text is one of the corpus; all numbers together show all of it."""
    first, second, third = CORPUS[number::NUMBERS]
    return document(
        instance("a<b>", "1001", label=first, localPort=port, note=second),
        event("in<b>", "INCOMING", label=second, callId="<img src=x onerror=ran=1>"),
        command("no<b>", "Response", label=third, callId="<img src=x onerror=ran=1>", statusCode=486),
        edges=chain("a<b>", "in<b>", "no<b>"),
    )


def watch(page: Page) -> list[str]:
    """What must not happen: a dialog, or a request to anybody else."""
    seen: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        seen.append(dialog.message)
        dialog.dismiss()

    def note(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            seen.append(request.url)

    page.on("dialog", dismiss)
    page.on("request", note)
    return seen


@pytest.mark.conformance("R15")
@pytest.mark.parametrize("number", range(NUMBERS))
def test_hostile_text_is_shown_and_runs_nothing(
    editor: Editor, app: App, free_port: Callable[[], int], number: int
) -> None:
    page, port = editor.page, free_port()
    seen = watch(page)
    editor.open_document(f"hostile {number} <img src=x onerror=ran=1>", hostile_document(port, number))

    editor.run()
    send_until_answered(invite(port, number), port)
    expect(editor.run_state).to_contain_text(re.compile("Passed|Failed"), timeout=30_000)
    editor.show_tab("Log")
    expect(page.get_by_role("listbox").last).to_be_visible()
    editor.show_tab("Ladder")
    editor.arrows.first.click()
    expect(page.get_by_text("Organization").first).to_be_visible()
    expect(page.locator("body")).to_contain_text("onerror=ran=1>")
    for sidebar in ("Outline", "Runs", "Scenarios"):
        editor.show_sidebar(sidebar)

    assert page.evaluate("window.ran ?? null") is None
    assert page.locator("img[src=x], iframe, a[href^='javascript:']").count() == 0
    assert seen == []


def test_name_that_turns_the_direction_of_writing_leaves_the_problem_beside_it_readable(editor: Editor) -> None:
    hostile = command("r", "Release", label="\u202eevil")
    editor.open_document("Call", document(instance("a"), hostile, edges=chain("a", "r")))
    editor.show_tab("Problems")
    problem = editor.page.get_by_role("tabpanel", name="Problems").locator("bdi").last
    expect(problem).to_be_visible()

    first, last = problem.evaluate(
        """(bdi) => [0, 8].map((at) => {
            const range = document.createRange();
            range.setStart(bdi.firstChild, at);
            range.setEnd(bdi.firstChild, at + 1);
            return range.getBoundingClientRect().left;
        })"""
    )

    assert first < last
