// PNG of 8 bits, grey or colours: written, and read where it is not interlaced.
import { crc32 as nodeCrc, deflateSync, inflateSync } from "node:zlib";

const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; ++k) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
const crc32 = nodeCrc ?? ((bytes) => { let c = ~0; for (const b of bytes) c = table[(c ^ b) & 255] ^ (c >>> 8); return ~c >>> 0; });

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]), head = Buffer.alloc(4), tail = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  tail.writeUInt32BE(crc32(body) >>> 0);
  return Buffer.concat([head, body, tail]);
}
const kSignature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

export function writePng({ width, height, channels, pixels }) {
  const head = Buffer.alloc(13), rows = Buffer.alloc(height * (1 + width * channels));
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  for (let y = 0; y < height; ++y)
    rows.set(pixels.subarray(y * width * channels, (y + 1) * width * channels), y * (1 + width * channels) + 1);
  return Buffer.concat([kSignature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 1 })), chunk("IEND", Buffer.alloc(0))]);
}

export function readPng(bytes) {
  let at = 8, head, colour, parts = [];
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at), type = bytes.toString("latin1", at + 4, at + 8), data = bytes.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") { head = { width: data.readUInt32BE(0), height: data.readUInt32BE(4) }; colour = data[9]; }
    if (type === "IDAT") parts.push(data);
    at += 12 + length;
  }
  const channels = { 0: 1, 2: 3, 6: 4 }[colour], raw = inflateSync(Buffer.concat(parts)), stride = head.width * channels;
  const pixels = Buffer.alloc(stride * head.height);
  for (let y = 0; y < head.height; ++y) {
    const kind = raw[y * (stride + 1)];
    for (let x = 0; x < stride; ++x) {
      const here = y * stride + x, a = x >= channels ? pixels[here - channels] : 0, b = y ? pixels[here - stride] : 0;
      const c = y && x >= channels ? pixels[here - stride - channels] : 0, p = a + b - c;
      const near = Math.abs(p - a) <= Math.abs(p - b) && Math.abs(p - a) <= Math.abs(p - c) ? a : Math.abs(p - b) <= Math.abs(p - c) ? b : c;
      pixels[here] = raw[y * (stride + 1) + 1 + x] + [0, a, b, (a + b) >> 1, near][kind];
    }
  }
  return { ...head, channels, pixels };
}

export function crop(image, x0, y0, width, height) {
  const { channels } = image, pixels = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; ++y) {
    const from = ((y0 + y) * image.width + x0) * channels;
    pixels.set(image.pixels.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, pixels };
}

// Half the size, sides rounded up.
export function half(image) {
  const width = Math.ceil(image.width / 2), height = Math.ceil(image.height / 2), { channels } = image;
  const pixels = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; ++y) for (let x = 0; x < width; ++x) for (let c = 0; c < channels; ++c) {
    let sum = 0;
    for (const dy of [0, 1]) for (const dx of [0, 1])
      sum += image.pixels[(Math.min(2 * y + dy, image.height - 1) * image.width + Math.min(2 * x + dx, image.width - 1)) * channels + c];
    pixels[(y * width + x) * channels + c] = sum / 4;
  }
  return { width, height, channels, pixels };
}
