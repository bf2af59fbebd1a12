// @ts-check
// Texts about people and their browsers.
import { $, el } from './dom.js';

export const nameOf = chat =>
  chat.user_name || chat.user_email || `Visitor ${(parseInt(chat.user_id?.slice(-6), 16) % 9000) + 1000 || ''}`.trim();

export const dotted = (...parts) => parts.filter(Boolean).join(' · ');

export const withoutSlash = shortcut => shortcut.replace(/^\//, '');

export const oneLine = text => (text ?? '').replace(/\s+/g, ' ').trim();

export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');

export function initials(name) {
  const words = name
    .replace(/@.*/, '')
    .split(/[\s._-]+/)
    .filter(Boolean);
  return [words[0] ?? '?', ...words.slice(1).slice(-1)]
    .map(word => [...word][0])
    .join('')
    .toUpperCase();
}

export function webAddress(text) {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

export function highlighted(text, q) {
  if (!q) return [text];
  const parts = text.split(
    new RegExp(
      `(${q
        .split(/\s+/)
        .map(word => word.replace(/\W/g, '\\$&'))
        .join('|')})`,
      'i',
    ),
  );
  if (parts[1] && parts[0].length > 24) parts[0] = `…${[...parts[0]].slice(-16).join('')}`;
  return parts.map((part, index) => (index % 2 ? el('mark', part) : part));
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
