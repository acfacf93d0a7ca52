"""The whole editor speaks Korean once it is told to, looks dark, and remembers both."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.examples import example
from tests.journeys.editor import RUN_LIMIT_MS, Editor
from tests.journeys.scenarios import call_refused

NAMES = frozenset(
    re.findall(
        r"\S+",
        """
        SIPFLOW SIP URI PBX SRTP RTP RTCP DTMF SDP UDP TCP TLS WS WSS DTLS SDES PCMU PCMA opus telephone-event transport
        INVITE ACK BYE CANCEL REGISTER Ringing OK Call-ID Request-URI React Flow attribution English RFC ID JSON HTML
        PNG SVG pcapng Wireshark Mermaid Ctrl Shift Del Esc Enter ms var name env NAME call bye My scenarios
        DSCP EF MOS sendrecv baresip
        NAT DNS SRV NAPTR WebSocket ws PEM IPv realm MD SHA rel xx Min-SE Session-Expires sipflow
        """,
    )
)
"""Terms, keys and names that are the same in every language."""
OWN = frozenset(re.findall(r"\S+", "Alice Bob Call rings answers Talk Hang up calls Ring Let it ring Answer hangs"))
"""What the scenario itself calls its nodes."""
SEEN = """() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const place = node instanceof Text ? node.parentElement : node;
        if (place.closest("[data-kind=arrow]")) continue;
        if (node instanceof Text) texts.push(node.data);
        else for (const name of ["aria-label", "aria-roledescription", "placeholder", "title", "alt"])
            texts.push(node.getAttribute(name) ?? "");
    }
    return texts.filter((text) => text.trim() !== "");
}"""


def english_in(page: Page) -> set[str]:
    """The texts on the page, and those that are read aloud, with an English word in them."""
    words = NAMES | OWN
    return {
        text
        for text in page.evaluate(SEEN)
        if any(word not in words for word in re.findall(r"[A-Za-z]{2,}(?:-[A-Za-z]+)*", text))
    }


def test_every_screen_speaks_korean(editor: Editor) -> None:
    page = editor.page
    editor.open_document("Call", example("two-party-call"))
    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("menuitem", name="한국어").click()
    run = page.get_by_role("banner").get_by_role("button", name="실행", exact=True)
    expect(run).to_be_visible()
    expect(page.get_by_role("button", name="전화 걸기", exact=True)).to_be_visible()
    found: dict[str, set[str]] = {}

    def look(screen: str) -> None:
        if english := english_in(page):
            found[screen] = english

    for title in ("Alice", "Call Bob"):
        editor.node(title).click()
        expect(editor.node(title)).to_have_class(re.compile("selected"))
        look(f"properties of {title}")
    run.click()
    expect(page.get_by_role("banner")).to_contain_text("성공", timeout=RUN_LIMIT_MS)
    for name in ("래더", "로그", "문제", "미디어"):
        page.get_by_role("tab", name=name).click()
        look(name)
    for name in ("시나리오", "개요", "실행 기록"):
        page.get_by_role("navigation").get_by_role("button", name=name).click()
        look(name)
    for keys in ("Control+k", "Shift+?"):
        page.keyboard.press(keys)
        expect(page.get_by_role("dialog")).to_be_visible()
        look(keys)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()

    assert found == {}, found


def test_language_theme_and_panels_are_remembered(editor: Editor) -> None:
    page = editor.page
    editor.open_document("Call", example("two-party-call"))
    for item in ("Dark theme", "한국어"):
        page.get_by_role("button", name="Settings", exact=True).click()
        page.get_by_role("menuitem", name=item).click()
    page.get_by_role("navigation").get_by_role("button", name="실행 기록").click()
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)

    page.reload()

    expect(page.get_by_role("banner").get_by_role("button", name="실행", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation").get_by_role("button", name="실행 기록")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert page.evaluate(background) == dark
    assert max(int(part) for part in re.findall(r"\d+", dark)[:3]) < DARKEST


DARKEST = 80


def test_what_a_run_tells_is_in_the_language_of_the_reader(editor: Editor) -> None:
    page = editor.page
    editor.open_document("Busy", call_refused())
    editor.run()
    editor.see_result("Failed")
    editor.show_tab("Log")
    log = page.get_by_role("tabpanel").last
    expect(log).to_contain_text("Call Bob: failed: expected answered, got 486 Busy Here on call call-1")

    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("menuitem", name="한국어").click()

    why = "예상: 응답됨, 실제: 486 Busy Here (통화 call-1)"
    expect(log).to_contain_text(f"Call Bob: 실패: {why}")
    expect(log).to_contain_text("정리를 마쳤습니다")
    expect(page.get_by_role("region", name="실패 원인")).to_contain_text("응답됨")
    page.get_by_role("navigation").get_by_role("button", name="실행 기록").click()
    expect(page.get_by_role("complementary").first).to_contain_text(why)
