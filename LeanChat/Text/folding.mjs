// Writes folding.txt, from the Unicode version of the Node.js that runs it: node LeanChat/Text/folding.mjs > LeanChat/Text/folding.txt
// A line is a code point and what it is compared as: compatibility forms (NFKD), lower case, without accents and invisible characters.

const ranges = (...pairs) => code => pairs.some(([from, to = from]) => code >= from && code <= to);

/** Marks that words are written with or without. Not vowel signs, nuktas and kana marks: those make another word. */
const isAccent = ranges(
  [0x300, 0x36F], [0x483, 0x487], [0x591, 0x5BD], [0x5BF], [0x5C1, 0x5C2], [0x5C4, 0x5C5], [0x5C7], [0x610, 0x61A], [0x640], [0x64B, 0x65F],
  [0x670], [0x6D6, 0x6DC], [0x6DF, 0x6E4], [0x6E7, 0x6E8], [0x6EA, 0x6ED], [0x8CA, 0x8E1], [0x8E3, 0x8FF],
  [0x1AB0, 0x1AFF], [0x1DC0, 0x1DFF], [0x20D0, 0x20FF], [0xFE20, 0xFE2F]);

/** Not visible, so nobody types them into a search. WordSplitter handles joints (soft hyphen, zero width space and non-joiner). */
const isJoint = ranges([0xAD], [0x200B, 0x200C]);
const isInvisible = code =>
  /\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(code)) && /\P{Cn}/u.test(String.fromCodePoint(code)) && !isJoint(code);

/** Letters that have no decomposition and are still often written as others. */
const alike = Object.fromEntries(Object.entries({
  ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ħ: 'h', ŧ: 't', ı: 'i', ȷ: 'j', ĸ: 'k', ŋ: 'n',
  ƀ: 'b', ɨ: 'i', ƶ: 'z', ǥ: 'g', ς: 'σ',
  ٱ: 'ا', ى: 'ي', ة: 'ه', ک: 'ك', ی: 'ي', ہ: 'ه', ھ: 'ه',
}).map(([from, to]) => [from.codePointAt(0), to]));

/** Kept as they are: kana with their marks, syllables and letters of Hangul. */
const isWhole = ranges([0x3040, 0x30FF], [0x3131, 0x3163], [0x3165, 0x318E], [0xAC00, 0xD7A3]);

/** The letter to which a halfwidth letter of Hangul corresponds. */
const compatible = code => {
  if (code < 0xFFA1 || code > 0xFFDC) return null;
  const conjoining = String.fromCodePoint(code).normalize('NFKD');
  for (let letter = 0x3131; letter <= 0x318E; letter++)
    if (letter !== 0x3164 && String.fromCodePoint(letter).normalize('NFKD') === conjoining) return String.fromCodePoint(letter);
  return null;
};

const digit = code => {
  if (!/\p{Nd}/u.test(String.fromCodePoint(code)) || code < 0x80) return null;
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return String((code - first) % 10);
};

function fold(code) {
  if (isAccent(code) || isInvisible(code)) return '';
  if (isWhole(code)) return String.fromCodePoint(code);
  const known = alike[code] ?? compatible(code) ?? digit(code);
  if (known) return known;
  const text = String.fromCodePoint(code), next = text.normalize('NFKD').toLowerCase().normalize('NFKD');
  return next === text ? text : [...next].map(each => fold(each.codePointAt(0))).join('');
}

const lines = [];
for (let code = 0x80; code <= 0x10FFFF; code++) {
  if (code >= 0xD800 && code <= 0xDFFF) continue;
  const text = String.fromCodePoint(code), folded = fold(code);
  if (folded !== text) lines.push(`${code.toString(16).toUpperCase()} ${folded}`);
}
process.stdout.write(lines.join('\n') + '\n');
