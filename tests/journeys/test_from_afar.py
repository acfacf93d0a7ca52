"""A scenario seen from afar: a picture, whose nodes and wires can be taken as from near."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.editor import Editor, box_of, middle
from tests.journeys.scenarios import node, waits


@pytest.fixture
def far(editor: Editor) -> Editor:
    """Two waits, and an instance so far away that all of it can only be seen from afar."""
    document = waits(50, 50)
    document["nodes"].append(node("bob", "sipInstance", 40, x=4_000, label="Bob", dn="1002"))
    editor.open_document("From afar", document)
    expect(editor.page.locator("canvas.picture")).to_be_hidden()  # it is opened where it can be read
    editor.page.get_by_role("button", name="Fit the drawing into view").click()
    expect(editor.page.locator("canvas.picture")).to_be_visible()
    expect(editor.node("Wait 2")).to_be_visible()
    return editor


def test_node_is_dragged_from_afar(far: Editor) -> None:
    x, y = middle(box_of(far.node("Wait 2")))

    far.drag(far.node("Wait 2"), (x + 60, y + 30))

    [place] = [step["position"] for step in far.kept()["nodes"] if step["id"] == "wait-2"]
    assert place["x"] > 60 + 60
    assert place["y"] > 280 + 30


def test_wire_is_chosen_and_deleted_from_afar(far: Editor) -> None:
    x, top = middle(box_of(far.node("Wait 1")))
    _, bottom = middle(box_of(far.node("Wait 2")))

    far.page.mouse.click(x, (top + bottom) / 2)
    expect(far.properties).to_contain_text("to Wait 2")
    far.keyboard.press("Delete")

    assert [wire["id"] for wire in far.kept()["edges"]] == ["alice-success"]


def test_wire_under_the_mouse_lights_up_from_afar(far: Editor) -> None:
    x, top = middle(box_of(far.node("Wait 1")))
    _, bottom = middle(box_of(far.node("Wait 2")))
    picture = "canvas => canvas.toDataURL()"
    canvas = far.page.locator("canvas.picture")
    far.page.mouse.move(x + 90, bottom + 60)
    before = canvas.evaluate(picture)

    far.page.mouse.move(x, (top + bottom) / 2)
    far.page.wait_for_function(
        f"before => ({picture})(document.querySelector('canvas.picture')) !== before", arg=before
    )

    far.page.mouse.move(x + 90, bottom + 60)
    far.page.wait_for_function(
        f"before => ({picture})(document.querySelector('canvas.picture')) === before", arg=before
    )


def test_run_is_told_from_afar_and_wires_are_there_again_from_near(far: Editor) -> None:
    far.run()
    far.see_result("Passed")
    expect(far.node("Wait 2")).to_contain_text("completed")

    far.page.get_by_role("application").locator("xpath=..").focus()
    far.keyboard.press("0")

    expect(far.wire("success", "Wait 1", "Wait 2")).to_be_attached()
    expect(far.page.locator("canvas.picture")).not_to_be_attached()
