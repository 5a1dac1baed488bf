"""What windows look like: light, dark, on a phone, and whether what is in them can be read."""

from contextlib import contextmanager
from pathlib import Path

from tests.lib import database
from tests.lib import environment as env

ADDONS = Path(__file__).parent.parent / "addons"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ENOUGH = 4.3  # WCAG asks 4.5; Odoo's own muted text on white has 4.34

# [[contrast, class, text]] of all text of ours that can be seen; the colours of buttons and keys are Odoo's.
CONTRASTS = """() => {
    const parse = (color) => {
        const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
        return { r, g, b, a };
    };
    const over = (top, below) => ({
        r: top.r * top.a + below.r * (1 - top.a),
        g: top.g * top.a + below.g * (1 - top.a),
        b: top.b * top.a + below.b * (1 - top.a),
        a: 1,
    });
    const background = (el) => {
        const layers = [];
        for (let e = el; e; e = e.parentElement) {
            const color = parse(getComputedStyle(e).backgroundColor);
            layers.push(color);
            if (color.a === 1) break;
        }
        return layers.reverse().reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
    };
    const luminance = ({ r, g, b }) => {
        const [x, y, z] = [r, g, b].map((c) => {
            c /= 255;
            return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const parts = ['card', 'conversation', 'empty', 'menu', 'notice', 'snooze_menu'];
    const ours = parts.map((name) => `.o_omnichannel_${name}`);
    const found = [];
    for (const root of document.querySelectorAll(ours.join())) {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const el = node.parentElement;
            const isSeen = el.checkVisibility({ opacityProperty: true, visibilityProperty: true });
            if (!node.textContent.trim() || !isSeen || el.closest('.btn, kbd, textarea, .o_avatar')) continue;
            const below = background(el);
            const style = getComputedStyle(el);
            const text = over(parse(style.color), below);
            const [light, dark] = [luminance(text), luminance(below)].sort((a, b) => b - a);
            const ratio = (light + 0.05) / (dark + 0.05);
            found.push([Math.round(ratio * 100) / 100, el.className, node.textContent.trim()]);
        }
    }
    return found;
}"""


@contextmanager
def dark_database():
    """The name of a database that has dark mode."""
    usual = env.addons_path
    env.addons_path = lambda: f"{usual()},{ADDONS}"
    name = database.create()
    database.install(name, ["omnichannel_dark"])
    try:
        yield name
    finally:
        database.drop(name)
        env.addons_path = usual


def give_light(route):
    """Answer the request for the dark styles with the light ones."""
    route.continue_(url=route.request.url.replace("web.assets_web_dark", "web.assets_web"))


def unreadable(page):
    """What of ours has too little contrast to what is behind it; there must be something to look at."""
    texts = page.evaluate(CONTRASTS)
    assert len(texts) > 5
    return [text for text in texts if text[0] < ENOUGH]


def background(page, selector):
    """How light what is behind an element is, from 0 to 255."""
    color = page.locator(selector).first.evaluate("e => getComputedStyle(e).backgroundColor")
    return sum(int(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]) / 3
