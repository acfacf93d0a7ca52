"""What helps to find one's way on the canvas: find, guides, the overview, a comparison of versions."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.examples import example
from tests.journeys.editor import Editor, box_of, middle
from tests.journeys.scenarios import waits


def test_find_goes_from_hit_to_hit_and_brings_each_into_sight(editor: Editor) -> None:
    editor.open_document("Waits", waits(*[100] * 30))
    editor.keyboard.press("0")

    editor.keyboard.press("Control+f")
    editor.keyboard.type("wait 2")
    told = editor.page.get_by_role("search").get_by_role("status")
    expect(told).to_have_text("1 of 11")
    expect(editor.node("Wait 2")).to_have_class(re.compile("selected"))
    editor.keyboard.press("Shift+Enter")
    expect(told).to_have_text("11 of 11")
    expect(editor.node("Wait 29")).to_have_class(re.compile("selected"))
    expect(editor.node("Wait 29")).to_be_in_viewport()
    editor.keyboard.press("Escape")
    expect(told).to_be_hidden()


def test_dragged_node_is_drawn_to_the_line_of_another_which_is_shown(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    mouse = editor.page.mouse
    x, y = middle(box_of(editor.node("Talk")))

    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 60, y + 3, steps=6)
    guide = editor.page.locator("[data-guide=y]")
    expect(guide).to_be_attached()
    mouse.up()

    expect(guide).to_have_count(0)
    heights = {node["data"].get("label"): node["position"]["y"] for node in editor.kept()["nodes"]}
    assert heights["Talk"] == heights["Answer"]


def test_click_into_the_overview_brings_that_part_into_sight(editor: Editor) -> None:
    editor.open_document("Waits", waits(*[100] * 30))
    editor.keyboard.press("0")
    editor.keyboard.press("0")
    overview = box_of(editor.page.get_by_role("img", name="Overview of the drawing"))

    editor.page.mouse.click(overview["x"] + overview["width"] / 2, overview["y"] + overview["height"] - 4)

    expect(editor.node("Wait 30")).to_be_in_viewport()


def test_earlier_version_is_compared_on_the_canvas(editor: Editor) -> None:
    editor.open_document("Call", example("two-party-call"))
    editor.node("Talk").click()
    editor.properties.get_by_role("textbox", name="Label").fill("Chat")
    editor.node("Ring").click()
    editor.keyboard.press("Delete")
    editor.add_by_key("hold", "Hold call")

    editor.perform("Versions")
    editor.page.get_by_role("dialog", name="Versions").get_by_role("button", name="Compare").click()

    expect(editor.node("Chat")).to_contain_text("changed since")
    expect(editor.node("Ring")).to_contain_text("removed since")
    expect(editor.node("Hold call")).to_contain_text("added since")
    expect(editor.node("Call Bob")).not_to_contain_text("since")
    editor.page.get_by_role("button", name="Back to editing").click()
    expect(editor.node("Ring")).to_have_count(0)


def test_result_of_a_run_is_read_in_a_narrow_window_beside_a_long_name(editor: Editor) -> None:
    editor.open_document("A name that is much longer than there is room for", waits(10))
    editor.page.set_viewport_size({"width": 640, "height": 400})  # 1280 by 800 at 200 %
    editor.run()
    editor.see_result("Passed")

    verdict, search = (
        editor.run_state.locator("[data-result]"),
        editor.page.get_by_role("button", name="Command palette"),
    )
    box = box_of(verdict)
    assert box["x"] + box["width"] <= box_of(search)["x"]
