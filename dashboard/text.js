// @ts-check
// Texts about people and their browsers.
import { $, el } from './dom.js';
import { t } from './language.js';

export const nameOf = chat =>
  chat.user_name || chat.user_email || t('Visitor {n}', { n: (parseInt(chat.user_id?.slice(-6), 16) % 9000) + 1000 || '' }).trim();

/** Where a time zone is: its city. */
export const placeOf = timeZone => timeZone.replace(/.*\//, '').replaceAll('_', ' ');

export const dotted = (...parts) => parts.filter(Boolean).join(' · ');

export const withoutSlash = shortcut => shortcut.replace(/^\//, '');

export const oneLine = text => (text ?? '').replace(/\s+/g, ' ').trim();

export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');

/** Two letters of a name; of a visitor without one, the number's last two digits. */
export function initials(name) {
  const digits = /\d\d$/.exec(name);
  if (digits) return digits[0];
  const words = name
    .replace(/@.*/, '')
    .split(/[\s._-]+/)
    .filter(Boolean);
  return [words[0] ?? '?', ...words.slice(1).slice(-1)]
    .map(word => [...word][0])
    .join('')
    .toUpperCase();
}

/** One of six colours, always the same for the same person. */
export const tint = id => `t${parseInt(id.slice(-4), 16) % 6}`;

export function webAddress(text) {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** Whether a text shows anything: the server accepts no other. */
export const isVisible = text => /[^\s\p{Cc}\p{DI}\u2800]/u.test(text);

/** Letters that the search treats as others, beyond case and accents. */
const SAME = { ß: 'ss', ı: 'i', ø: 'o', đ: 'd', ł: 'l', æ: 'ae', œ: 'oe' };

/** A text as the search compares it, and for each of its characters where in the text it came from. */
function folded(text) {
  const places = [];
  let plain = '';
  let at = 0;
  for (const sign of text) {
    for (const letter of sign.normalize('NFKD').toLowerCase().replace(/[\p{M}'’ʼ]/gu, '')) {
      const same = SAME[letter] ?? letter;
      plain += same;
      for (let i = 0; i < same.length; i++) places.push(at);
    }
    at += sign.length;
  }
  return { plain, places: [...places, at] };
}

/** The text in pieces; those that the search has found are marks. */
export function highlighted(text, q) {
  const { plain, places } = folded(text);
  const found = [];
  for (const word of q.split(/\s+/)) {
    const wanted = folded(word).plain;
    for (let at = wanted ? plain.indexOf(wanted) : -1; at >= 0; at = plain.indexOf(wanted, at + wanted.length))
      found.push([places[at], places[at + wanted.length]]);
  }
  if (!found.length) return [text];
  found.sort((one, other) => one[0] - other[0]);
  const pieces = [];
  let done = 0;
  for (const [from, to] of found) {
    if (to <= done) continue;
    const start = Math.max(from, done);
    const before = text.slice(done, start);
    pieces.push(!done && before.length > 24 ? `…${[...before].slice(-16).join('')}` : before, el('mark', text.slice(start, to)));
    done = to;
  }
  return [...pieces, text.slice(done)];
}

const SIGNS = ['iPhone iPad Android Windows CrOS Mac Linux', 'Edg OPR Samsung Firefox FxiOS Chrome CriOS Safari'];

const MEANS = { CrOS: 'Chromebook', Edg: 'Edge', OPR: 'Opera', Samsung: 'Samsung Internet', FxiOS: 'Firefox', CriOS: 'Chrome' };

export const language = (tag, into = tag) => {
  try {
    return new Intl.DisplayNames(into, { type: 'language' }).of(tag);
  } catch {
    return tag;
  }
};

export function device(agent) {
  return (
    dotted(...SIGNS.map(signs => signs.split(' ').find(sign => agent?.includes(sign))).map(sign => MEANS[sign] ?? sign)) ||
    agent?.slice(0, 60)
  );
}
