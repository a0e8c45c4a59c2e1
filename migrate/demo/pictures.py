"""Pictures, drawn in code: hills, water, houses, people without faces. The same bytes every time."""

import io
import math
import zlib

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 720, 450
_SCALE = 2
"""Drawn larger, then reduced: smooth edges."""

Colour = tuple[int, int, int]

_PALETTES: dict[str, tuple[Colour, Colour, tuple[Colour, Colour, Colour]]] = {
    "spring": ((150, 205, 235), (240, 248, 230), ((150, 190, 170), (110, 165, 110), (70, 130, 65))),
    "river": ((120, 180, 225), (235, 240, 235), ((150, 175, 190), (100, 140, 130), (70, 115, 85))),
    "autumn": ((245, 205, 150), (255, 240, 215), ((195, 160, 130), (205, 140, 70), (165, 105, 45))),
    "village": ((170, 205, 230), (250, 240, 225), ((165, 180, 185), (135, 165, 115), (105, 140, 80))),
    "night": ((35, 45, 90), (225, 130, 100), ((85, 75, 110), (60, 60, 85), (35, 40, 60))),
    "portrait": ((205, 220, 235), (235, 240, 245), ((60, 80, 115), (235, 205, 180), (50, 45, 45))),
}


def make_picture(ending: str, scene: str, caption: str) -> bytes:
    """Return a JPEG, PNG or GIF of 720 × 450 pixels; a portrait is 240 × 320. Raises KeyError for another ending."""
    width, height = (240, 320) if scene == "portrait" else (WIDTH, HEIGHT)
    image = _sky(scene, width * _SCALE, height * _SCALE)
    if scene == "portrait":
        _portrait(image)
    else:
        _landscape(image, scene, zlib.crc32(caption.encode()) % 1000)
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    if caption:
        font = ImageFont.load_default(size=18)
        ImageDraw.Draw(image).text((14, height - 32), caption, fill=(255, 255, 255), font=font)
    return _encode(image, ending)


def make_strip(ending: str, width: int, height: int, colours: tuple[Colour, Colour]) -> bytes:
    """Return a small picture for the page's frame, one colour running into the other."""
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), colours[0])
    strip.putpixel((0, 1), colours[1])
    return _encode(strip.resize((width, height), Image.Resampling.BILINEAR), ending)


def _encode(image: Image.Image, ending: str) -> bytes:
    buffer = io.BytesIO()
    options: dict[str, dict[str, object]] = {
        "jpg": {"format": "JPEG", "quality": 82},
        "png": {"format": "PNG"},
        "gif": {"format": "GIF"},
    }
    if ending == "gif":
        image = image.quantize(64)
    image.save(buffer, **options[ending])  # type: ignore[arg-type]  # options differ from format to format
    return buffer.getvalue()


def _sky(scene: str, width: int, height: int) -> Image.Image:
    top, bottom, _hills = _PALETTES[scene]
    sky = Image.new("RGB", (1, 2))
    sky.putpixel((0, 0), top)
    sky.putpixel((0, 1), bottom)
    return sky.resize((width, height), Image.Resampling.BILINEAR)


def _landscape(image: Image.Image, scene: str, seed: int) -> None:
    width, height = image.size
    _sun(image, (width * (15 + seed % 60) // 100, height // 5), height // 14)
    draw = ImageDraw.Draw(image)
    for layer, colour in enumerate(_PALETTES[scene][2]):
        base = height * (45 + layer * 14) // 100
        ridge = [
            (x, base - _wave(x / width, seed + layer * 7) * height * (0.16 - layer * 0.04))
            for x in range(0, width + 8, 8)
        ]
        draw.polygon([(0, height), *ridge, (width, height)], fill=colour)
    if scene == "river":
        _river(draw, width, height)
    if scene in ("village", "night"):
        _houses(draw, width, height, seed, lit=scene == "night")
    if scene in ("spring", "autumn"):
        _trees(draw, width, height, seed, autumn=scene == "autumn")


def _wave(x: float, seed: int) -> float:
    return math.sin(x * 5 + seed) * 0.6 + math.sin(x * 11 + seed * 1.7) * 0.3 + math.sin(x * 23 + seed * 0.3) * 0.1


def _sun(image: Image.Image, centre: tuple[int, int], radius: int) -> None:
    glow = Image.new("L", image.size, 0)
    x, y = centre
    ImageDraw.Draw(glow).ellipse((x - radius, y - radius, x + radius, y + radius), fill=230)
    glow = glow.reduce(4).filter(ImageFilter.GaussianBlur(6)).resize(image.size)
    image.paste((255, 246, 214), mask=glow)


def _river(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    left, right, ripples = [], [], []
    for step in range(41):
        y = height * (0.72 + 0.28 * step / 40)
        middle = width * (0.5 + 0.12 * math.sin(step / 7))
        half = width * (0.02 + 0.3 * (step / 40) ** 2)
        left.append((middle - half, y))
        right.append((middle + half, y))
        if step % 6 == 5:
            ripples.append((middle - half / 3, y, middle + half / 4, y))
    draw.polygon([*left, *reversed(right)], fill=(150, 195, 220))
    for ripple in ripples:
        draw.line(ripple, fill=(215, 235, 245), width=_SCALE)


def _houses(draw: ImageDraw.ImageDraw, width: int, height: int, seed: int, *, lit: bool) -> None:
    wall, roof = ((70, 70, 90), (45, 45, 60)) if lit else ((245, 242, 235), (95, 100, 110))
    window = (255, 215, 120) if lit else (150, 165, 180)
    for place in range(8):
        x = width * (4 + place * 12 + (seed * (place + 3)) % 5) // 100
        w, h = width * 8 // 100, height * (9 + (seed + place * 5) % 6) // 100
        y = height * (78 + (place * 3) % 7) // 100
        draw.rectangle((x, y - h, x + w, y), fill=wall)
        draw.polygon([(x - w // 10, y - h), (x + w // 2, y - h - h // 2), (x + w + w // 10, y - h)], fill=roof)
        draw.rectangle((x + w // 3, y - h * 2 // 3, x + w * 2 // 3, y - h // 3), fill=window)


def _trees(draw: ImageDraw.ImageDraw, width: int, height: int, seed: int, *, autumn: bool) -> None:
    leaves = ((215, 120, 45), (235, 165, 60)) if autumn else ((60, 140, 70), (95, 170, 85))
    for place in range(14):
        x = width * (3 + place * 7 + (seed * (place + 1)) % 4) // 100
        y = height * (80 + (place * 7 + seed) % 14) // 100
        size = height * (4 + (place + seed) % 3) // 100
        draw.rectangle((x - size // 8, y - size, x + size // 8, y + size), fill=(110, 85, 60))
        draw.ellipse((x - size, y - size * 3, x + size, y - size // 2), fill=leaves[place % 2])


def _portrait(image: Image.Image) -> None:
    width, height = image.size
    suit, skin, hair = _PALETTES["portrait"][2]
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.1, height * 0.66, width * 0.9, height * 1.4), fill=suit)
    draw.polygon(
        [(width * 0.42, height * 0.66), (width * 0.58, height * 0.66), (width * 0.5, height * 0.86)],
        fill=(250, 250, 250),
    )
    draw.rectangle((width * 0.43, height * 0.55, width * 0.57, height * 0.69), fill=skin)
    draw.ellipse((width * 0.31, height * 0.2, width * 0.69, height * 0.62), fill=hair)
    draw.ellipse((width * 0.33, height * 0.27, width * 0.67, height * 0.64), fill=skin)
