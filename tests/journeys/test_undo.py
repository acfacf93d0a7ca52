"""Every kind of edit is one step that can be taken back, and done again."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.examples import example
from tests.journeys.editor import Editor, box_of, middle


def add_a_node(editor: Editor) -> None:
    editor.node("Hang up").click()
    editor.add_by_key("wait", "Wait")


def write_in_a_field(editor: Editor) -> None:
    editor.node("Call Bob").click()
    editor.properties.get_by_role("textbox", name="Label").fill("Ring Bob")
    expect(editor.node("Ring Bob")).to_be_visible()


def restore_a_version(editor: Editor) -> None:
    editor.perform("Versions")
    editor.page.get_by_role("dialog", name="Versions").get_by_role("button", name="Restore").last.click()
    expect(editor.node("Call Bob")).to_be_visible()


def move_by_mouse(editor: Editor) -> None:
    x, y = middle(box_of(editor.node("Talk")))
    editor.drag(editor.node("Talk"), (x - 60, y))


def move_by_key(editor: Editor) -> None:
    editor.node("Talk").click()
    editor.keyboard.press("Shift+ArrowLeft")


def draw_a_wire(editor: Editor) -> None:
    editor.drag(editor.way_out("Bob answers", "failure"), editor.way_in("Hang up"))
    expect(editor.wire("failure", "Bob answers", "Hang up")).to_be_attached()


def lead_a_wire_elsewhere(editor: Editor) -> None:
    wire = editor.wire("failure", "Bob answers", "Hang up")
    editor.drag(wire.locator(".react-flow__edgeupdater-target"), editor.way_in("Wait"))
    expect(editor.wire("failure", "Bob answers", "Wait")).to_be_attached()


def cut_a_wire(editor: Editor) -> None:
    editor.node("Bob answers").click()
    editor.keyboard.press("Shift+X")
    expect(editor.wire("failure", "Bob answers", "Wait")).not_to_be_attached()


def delete_and_heal(editor: Editor) -> None:
    editor.node("Let it ring").click()
    editor.keyboard.press("Delete")
    expect(editor.wire("success", "Ring", "Answer")).to_be_attached()


def copy_and_paste(editor: Editor) -> None:
    editor.node("Talk").click()
    editor.keyboard.press("Control+c")
    editor.keyboard.press("Control+v")
    expect(editor.node("Talk")).to_have_count(2)


def duplicate(editor: Editor) -> None:
    editor.node("Answer").click()
    editor.keyboard.press("d")
    expect(editor.node("Answer")).to_have_count(2)


def align(editor: Editor) -> None:
    editor.keyboard.press("Escape")
    editor.keyboard.press("a")
    editor.perform("Align left edges")


def arrange(editor: Editor) -> None:
    editor.keyboard.press("l")


def disable(editor: Editor) -> None:
    editor.keyboard.press("f")
    editor.node("Ring").click()
    editor.keyboard.press("e")


def add_a_note(editor: Editor) -> None:
    editor.keyboard.press("Escape")
    editor.keyboard.press("Shift+N")
    expect(editor.page.get_by_role("textbox", name="note")).to_be_focused()


def write_in_a_note(editor: Editor) -> None:
    editor.keyboard.type("Look here")
    editor.keyboard.press("Escape")
    expect(editor.page.get_by_role("group", name="note: Look here")).to_be_focused()


def resize_a_note(editor: Editor) -> None:
    corner = editor.page.locator(".react-flow__resize-control.handle.bottom.right")
    x, y = middle(box_of(corner))
    editor.drag(corner, (x + 40, y + 30))


EDITS: tuple[Callable[[Editor], None], ...] = (
    write_in_a_field,
    restore_a_version,
    add_a_node,
    move_by_mouse,
    move_by_key,
    draw_a_wire,
    lead_a_wire_elsewhere,
    cut_a_wire,
    delete_and_heal,
    copy_and_paste,
    duplicate,
    disable,
    align,
    arrange,
    add_a_note,
    write_in_a_note,
    resize_a_note,
)


def test_every_edit_is_undone_in_one_step_and_done_again(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    undo = editor.page.get_by_role("banner").get_by_role("button", name="Undo")
    documents = [editor.kept()]
    for edit in EDITS:
        edit(editor)
        documents.append(editor.kept())
        assert documents[-1] != documents[-2], edit.__name__
    editor.keyboard.press("Escape")

    for _ in EDITS:
        expect(undo).to_be_enabled()
        editor.keyboard.press("Control+z")
    expect(undo).to_be_disabled()
    assert editor.kept() == documents[0]

    for _ in EDITS:
        editor.keyboard.press("Control+Shift+z")
    expect(editor.page.get_by_role("banner").get_by_role("button", name="Redo")).to_be_disabled()
    assert editor.kept() == documents[-1]


def test_the_name_of_a_node_is_one_step_however_many_letters_it_has(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.node("Call Bob").click()
    label = editor.properties.get_by_role("textbox", name="Label")
    label.press("End")
    label.press_sequentially(" and wait")
    expect(editor.node("Call Bob and wait")).to_be_visible()

    label.press("Control+z")

    expect(label).to_have_value("Call Bob")
    expect(editor.page.get_by_role("banner").get_by_role("button", name="Undo")).to_be_disabled()
