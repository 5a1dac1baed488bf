"""A visitor of the live chat goes on in WhatsApp."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect


def go_on(page):
    """Press the button; returns the number that WhatsApp opens for, and what stands ready there."""
    page.context.route(
        "https://wa.me/**", lambda route: route.fulfill(body="WhatsApp", content_type="text/html")
    )
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Continue on WhatsApp").click(timeout=30_000)
    opened.value.wait_for_url("https://wa.me/**")
    address = urlsplit(opened.value.url)
    opened.value.close()
    expect(page.get_by_role("link", name="Open WhatsApp")).to_be_visible()
    return address.path[1:], parse_qs(address.query)["text"][0]
