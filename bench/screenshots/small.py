"""Pictures of few bytes: a PNG of at most 256 colours. The browser reads the pixels; no library for pictures is needed."""

import base64
import struct
import zlib

from playwright.sync_api import Page as Tab

# The colours seen most often as they are, then those that are not like one already taken; how much alike is as little as gives
# 256 of them all. So planes keep their colour, and the edge of a letter is off by less than that. Answers with rows of numbers
# of colours, each row after a zero.
INDEXED = """async (picture) => {
  const bitmap = await createImageBitmap(await (await fetch(picture)).blob());
  const { width, height } = bitmap;
  const brush = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  brush.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(brush.getImageData(0, 0, width, height).data.buffer);
  const often = new Map();
  for (const pixel of pixels) often.set(pixel, (often.get(pixel) ?? 0) + 1);
  const colours = [...often.keys()].sort((one, other) => often.get(other) - often.get(one) || one - other);
  const apart = (one, other) => Math.max(
    Math.abs((one & 255) - (other & 255)),
    Math.abs((one >> 8 & 255) - (other >> 8 & 255)),
    Math.abs((one >> 16 & 255) - (other >> 16 & 255)));
  let palette, alike = 0;
  do {
    palette = colours.slice(0, 128);
    for (const each of colours.slice(128)) {
      if (!palette.some((taken) => apart(taken, each) <= alike)) palette.push(each);
      if (palette.length > 256) break;
    }
    alike += 1;
  } while (palette.length > 256);
  const nearest = new Map(colours.map((each) => {
    let best = 0;
    palette.forEach((taken, index) => { if (apart(taken, each) < apart(palette[best], each)) best = index; });
    return [each, best];
  }));
  const rows = new Uint8Array((width + 1) * height);
  for (let at = 0; at < pixels.length; at += 1) rows[at + Math.floor(at / width) + 1] = nearest.get(pixels[at]);
  const reader = new FileReader();
  const read = new Promise((done) => { reader.onload = () => done(reader.result.split(",")[1]); });
  reader.readAsDataURL(new Blob([rows]));
  return { width, height, rows: await read, palette: palette.flatMap((each) => [each & 255, each >> 8 & 255, each >> 16 & 255]) };
}"""


def small(tab: Tab, png: bytes) -> bytes:
    """Return a picture with at most 256 colours; `tab` is an empty page."""
    found = tab.evaluate(INDEXED, f"data:image/png;base64,{base64.b64encode(png).decode()}")
    header = struct.pack(">IIBBBBB", found["width"], found["height"], 8, 3, 0, 0, 0)  # 8 bits each, by palette
    rows = zlib.compress(base64.b64decode(found["rows"]), 9)
    parts = {b"IHDR": header, b"PLTE": bytes(found["palette"]), b"IDAT": rows, b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts.items())


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
