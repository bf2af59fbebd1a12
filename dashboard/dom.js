// @ts-check
// Elements, and small things done to them. Text is only ever set as text.
import { linkPieces } from '../links.js';

export const $ = (selector, root = document) => /** @type {any} */ (root.querySelector(selector));

/** Lists are spread, what is missing is left out. */
export function fill(node, ...kids) {
  node.replaceChildren(...kids.flat(9).filter(kid => kid != null && kid !== false));
  return node;
}

/** el('button.btn.pri', { onclick }, 'Text', node): properties or attributes, if any, then children. */
export function el(what, ...kids) {
  const [tag, ...names] = what.split('.');
  const node = /** @type {any} */ (document.createElement(tag));
  if (names.length) node.className = names.join(' ');
  for (const [key, value] of Object.entries(kids[0]?.constructor === Object ? kids.shift() : {})) {
    if (value == null || value === false) continue;
    if (key in node) node[key] = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  return fill(node, kids);
}

/** A button that does not submit: button('btn.risk', 'Remove', act, { ariaLabel }). */
export const button = (look, text, onclick, properties = {}) =>
  el(`button.${look}`, { type: 'button', onclick, ...properties }, text);

export function icon(name) {
  const svg = $('#back svg').cloneNode(true);
  svg.firstChild.setAttribute('href', `#i-${name}`);
  return svg;
}

/** Arrows go round; the Tab key stops at the chosen tab only. */
export function arrowKeys(list) {
  list.onkeydown = event => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const tabs = [...list.children];
    if (!step) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    next.click();
    next.focus();
  };
}

export function selectTab(list, id, panel) {
  for (const tab of list.children) {
    const on = tab.id === id;
    tab.ariaSelected = on;
    tab.tabIndex = on ? 0 : -1;
  }
  panel.setAttribute('aria-labelledby', id);
}

/** Children in this order; what is in its place already is not touched. */
export function arrange(box, nodes) {
  const wanted = new Set(nodes);
  for (const node of [...box.children]) if (!wanted.has(node)) node.remove();
  let at = box.firstChild;
  for (const node of nodes)
    if (node === at) at = at.nextSibling;
    else box.insertBefore(node, at);
}

export const checkbox = (id, label, checked, act) =>
  el(
    'div.field.row-f',
    el('input', { type: 'checkbox', id, checked, onchange: event => act(event.target.checked) }),
    el('label', { htmlFor: id }, label),
  );

export const externalLink = (href, text) => el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, text);

/** Addresses become links; nothing is ever read as markup. */
export const linked = text => linkPieces(text).map(piece => (piece.href ? externalLink(piece.href, piece.text) : piece.text));
