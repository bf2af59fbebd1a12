// @ts-check
// QR codes (ISO/IEC 18004): a text as bytes, versions 1 to 20, error correction L, mask 0.

// Per version: parity bytes of a block, and blocks.
const PARITY = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];

/** All bytes that a version holds, data and parity. */
function capacity(version) {
  const aligned = Math.floor(version / 7) + 2;
  const modules = (16 * version + 128) * version + 64 - (version > 1 ? (25 * aligned - 10) * aligned - 55 : 0);
  return (modules - (version > 6 ? 36 : 0)) >> 3;
}

/** In the field of 256 elements, modulo x⁸+x⁴+x³+x²+1. */
function times(x, y) {
  let z = 0;
  for (let bit = 7; bit >= 0; bit--) z = (z << 1) ^ ((z >>> 7) * 0x11d) ^ (((y >>> bit) & 1) * x);
  return z;
}

/** The parity bytes of a block (Reed and Solomon). */
function parity(data, length) {
  const divisor = Array.from({ length }, (_, at) => Number(at === length - 1));
  for (let i = 0, root = 1; i < length; i++, root = times(root, 2))
    for (let j = 0; j < length; j++) divisor[j] = times(divisor[j], root) ^ (divisor[j + 1] ?? 0);
  const rest = new Array(length).fill(0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    divisor.forEach((coefficient, at) => (rest[at] ^= times(coefficient, factor)));
  }
  return rest;
}

/** The bytes in the order in which they are drawn: a byte of every block in turn. */
function interleaved(data, version) {
  const [all, count, length] = [capacity(version), BLOCKS[version - 1], PARITY[version - 1]];
  const long = all % count;
  const size = Math.floor(all / count) - length;
  const blocks = [];
  for (let i = 0, at = 0; i < count; i++) {
    const end = at + size + Number(i >= count - long);
    blocks.push(data.slice(at, end));
    at = end;
  }
  const column = (lists, at) => lists.map(list => list[at]).filter(byte => byte != null);
  const rest = blocks.map(block => parity(block, length));
  return [
    ...Array.from({ length: size + 1 }, (_, at) => column(blocks, at)),
    ...Array.from({ length }, (_, at) => column(rest, at)),
  ].flat();
}

/** Bits with their check bits behind them. */
function checked(value, bits, generator) {
  let rest = value;
  for (let i = 0; i < bits; i++) rest = (rest << 1) ^ ((rest >>> (bits - 1)) * generator);
  return (value << bits) | rest;
}

/** @returns {boolean[][]} rows of modules, true the dark ones */
export function qrCode(text) {
  const bytes = [...new TextEncoder().encode(text)];
  const room = version => capacity(version) - PARITY[version - 1] * BLOCKS[version - 1] - (version > 9 ? 3 : 2);
  let version = 1;
  while (room(version) < bytes.length) version++;
  const bits = [0, 1, 0, 0];
  const put = (value, length) => {
    for (let bit = length - 1; bit >= 0; bit--) bits.push((value >>> bit) & 1);
  };
  put(bytes.length, version > 9 ? 16 : 8);
  for (const byte of bytes) put(byte, 8);
  put(0, 4);
  const data = Array.from({ length: bits.length / 8 }, (_, at) => parseInt(bits.slice(at * 8, at * 8 + 8).join(''), 2));
  for (let pad = 0xec; data.length < capacity(version) - PARITY[version - 1] * BLOCKS[version - 1]; pad ^= 0xec ^ 0x11) data.push(pad);

  const size = 17 + 4 * version;
  const rows = Array.from({ length: size }, () => new Array(size).fill(null));
  patterns(rows, version);
  const stream = interleaved(data, version).flatMap(byte => [7, 6, 5, 4, 3, 2, 1, 0].map(bit => (byte >>> bit) & 1));
  let next = 0;
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2)
    for (let step = 0; step < size; step++)
      for (const x of [right, right - 1]) {
        const y = ((right > 6 ? right : right + 1) & 2) === ((size - 1) & 2) ? size - 1 - step : step;
        if (rows[y][x] === null) rows[y][x] = Boolean((stream[next++] ?? 0) ^ Number((x + y) % 2 === 0));
      }
  return rows;
}

/** What is the same in all codes of a version. */
function patterns(rows, version) {
  const size = rows.length;
  const square = (x, y, reach, dark) => {
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++)
        if (rows[y + dy]?.[x + dx] !== undefined) rows[y + dy][x + dx] = dark(Math.max(Math.abs(dx), Math.abs(dy)));
  };
  for (let i = 0; i < size; i++) rows[6][i] = rows[i][6] = i % 2 === 0;
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ])
    square(x, y, 4, far => far !== 2 && far !== 4);
  if (version > 1) {
    const count = Math.floor(version / 7) + 2;
    const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
    const places = [6, ...Array.from({ length: count - 1 }, (_, at) => size - 7 - at * step)];
    for (const x of places)
      for (const y of places)
        if (!(x === 6 && (y === 6 || y === size - 7)) && !(y === 6 && x === size - 7)) square(x, y, 2, far => far !== 1);
  }
  const format = checked(1 << 3, 10, 0x537) ^ 0x5412;
  const bit = at => Boolean((format >>> at) & 1);
  for (let i = 0; i < 15; i++) {
    const near = i < 6 ? i : i < 8 ? i + 1 : 14 - i;
    if (i < 8) rows[near][8] = rows[8][size - 1 - i] = bit(i);
    else rows[8][i === 8 ? 7 : near] = rows[size - 15 + i][8] = bit(i);
  }
  rows[size - 8][8] = true;
  if (version < 7) return;
  const told = checked(version, 12, 0x1f25);
  for (let i = 0; i < 18; i++)
    rows[size - 11 + (i % 3)][Math.floor(i / 3)] = rows[Math.floor(i / 3)][size - 11 + (i % 3)] = Boolean((told >>> i) & 1);
}
