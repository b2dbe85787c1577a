// A zip archive of files that are packed already: stored as they are, so that nothing is held in memory twice.
const TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});
const UTF8_NAMES = 0x0800;
const VERSION = 20;

export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** MS-DOS date and time, in steps of two seconds. */
function dosTime(date) {
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  const day = ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return [time, day];
}

/** Write little-endian numbers: pairs of value and width in bytes. */
function record(fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, width]) => sum + width, 0)));
  let at = 0;
  for (const [value, width] of fields) {
    if (width === 4) view.setUint32(at, value, true);
    else view.setUint16(at, value, true);
    at += width;
  }
  return view.buffer;
}

/** Collects files, each {name, bytes, date}, and gives the archive as a Blob. */
export class Zip {
  #parts = [];
  #directory = [];
  #offset = 0;
  #names = new Set();

  add({ name, bytes, date }) {
    const encoded = new TextEncoder().encode(this.#unique(name));
    const [time, day] = dosTime(date);
    const sum = crc32(bytes);
    const shared = [[VERSION, 2], [UTF8_NAMES, 2], [0, 2], [time, 2], [day, 2], [sum, 4], [bytes.length, 4], [bytes.length, 4], [encoded.length, 2], [0, 2]];
    this.#parts.push(record([[0x04034b50, 4], ...shared]), encoded, new Blob([bytes]));
    this.#directory.push(record([[0x02014b50, 4], [VERSION, 2], ...shared, [0, 2], [0, 2], [0, 2], [0, 4], [this.#offset, 4]]), encoded);
    this.#offset += 30 + encoded.length + bytes.length;
  }

  #unique(name) {
    let unique = name;
    for (let count = 2; this.#names.has(unique); count += 1) unique = name.replace(/(\.[^.]*)?$/, `-${count}$1`);
    this.#names.add(unique);
    return unique;
  }

  blob() {
    const size = this.#directory.reduce((sum, each) => sum + each.byteLength, 0);
    const count = this.#names.size;
    const end = record([[0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [size, 4], [this.#offset, 4], [0, 2]]);
    return new Blob([...this.#parts, ...this.#directory, end], { type: "application/zip" });
  }
}
