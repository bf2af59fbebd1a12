// @ts-check
// Bars as SVG, each with a table behind it.
import { el } from './dom.js';
import { t } from './language.js';

const SVG = 'http://www.w3.org/2000/svg';

function shape(name, attributes, ...kids) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...kids);
  return node;
}

/** The next round number above, which has a round half; of seconds also in minutes and hours. */
function ceiling(most, seconds) {
  const whole = !seconds || most < 90 ? 1 : most < 5400 ? 60 : 3600;
  const unit = 10 ** Math.floor(Math.log10(most / whole || 1));
  return Math.max(4, [1, 1.2, 1.6, 2, 3, 4, 6, 8, 10].map(step => step * unit).find(value => value * whole >= most) ?? 0) * whole;
}

/**
 * @param {any[]} bars [what it stands for, value, label below or '']
 * @param {{ title: string, say?: (value: any) => string }} words
 */
function barChart(bars, { title, say = String }) {
  const [width, height, foot] = [640, 150, 22];
  const top = ceiling(Math.max(...bars.map(([, value]) => value ?? 0)), say !== String);
  const step = width / bars.length;
  const thick = Math.max(2, Math.min(36, step * 0.7));
  const y = value => height - (value / top) * (height - 14);
  const marks = [top / 2, top];
  return shape(
    'svg',
    { viewBox: `0 0 ${width} ${height + foot}`, class: 'chart', role: 'img', 'aria-label': title },
    shape('path', { d: [0, ...marks].map(value => `M0 ${y(value)}H${width}`).join(''), class: 'grid' }),
    ...bars.map(([what, value, label], at) => {
      const x = at * step + (step - thick) / 2;
      return shape(
        'g',
        {},
        shape('title', {}, `${what}: ${value == null ? t('none') : say(value)}`),
        shape('rect', { x: at * step, y: 0, width: step, height, class: 'area' }),
        shape('rect', { x, y: y(value ?? 0), width: thick, height: height - y(value ?? 0), rx: Math.min(3, thick / 3) }),
        at + 1 < bars.length
          ? shape('text', { x: x + thick / 2, y: height + 16, 'text-anchor': 'middle' }, label)
          : shape('text', { x: width, y: height + 16, 'text-anchor': 'end' }, label),
      );
    }),
    ...marks.map(value => shape('text', { x: 0, y: y(value) - 4 }, say(value))),
  );
}

/** What the picture shows, for who reads it. */
export const table = (heads, rows) =>
  el(
    'details',
    el('summary', t('Show as a table')),
    el(
      'div.scroll',
      { tabIndex: 0, role: 'group', ariaLabel: t('Table') },
      el(
        'table',
        el('thead', el('tr', heads.map(head => el('th', { scope: 'col' }, head)))),
        el(
          'tbody',
          rows.map(([first, ...rest]) => el('tr', el('th', { scope: 'row' }, first), rest.map(cell => el('td', String(cell ?? '–'))))),
        ),
      ),
    ),
  );

export const chart = (title, bars, heads, say = String) =>
  el(
    'section',
    el('h3', title),
    barChart(bars, { title, say }),
    table(
      heads,
      bars.map(([what, value]) => [what, value == null ? null : say(value)]),
    ),
  );
