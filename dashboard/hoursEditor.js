// @ts-check
// Opening hours day by day. They are kept as a line of text, which stays for those who know it.
import { button, el, fill, icon } from './dom.js';
import { t } from './language.js';
import { dates } from './time.js';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const SPAN = /^\d{1,2}:\d\d-\d{1,2}:\d\d$/;

/** 1 January 2024 was a Monday. */
const weekday = day => dates({ weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + day));

/**
 * What `hoursText` writes: spans of each day, as [from, to]. Null for text that people have written in their own way.
 * @param {string} text
 */
export function hoursOf(text) {
  const days = /** @type {string[][][]} */ (DAYS.map(() => []));
  for (const part of text
    .split(';')
    .map(each => each.trim())
    .filter(Boolean)) {
    const [names, ...spans] = part.split(/[\s,]+/);
    const [first, last = first] = names.split('-').map(name => DAYS.indexOf(name));
    if (first < 0 || last < first || !spans.length || !spans.every(span => SPAN.test(span))) return null;
    for (let day = first; day <= last; day++) days[day].push(...spans.map(span => span.split('-').map(time => time.padStart(5, '0'))));
  }
  return days;
}

/** The same as text: days in a row with the same hours are one range. */
export function hoursText(days) {
  const spansOf = day => days[day].map(([from, to]) => `${from}-${to}`).join(', ');
  const parts = [];
  for (let day = 0; day < DAYS.length; day++) {
    const first = day;
    while (day + 1 < DAYS.length && spansOf(day + 1) === spansOf(first)) day++;
    if (spansOf(first)) parts.push(`${DAYS[first]}${day > first ? `-${DAYS[day]}` : ''} ${spansOf(first)}`);
  }
  return parts.join('; ');
}

/** @param {any[]} fields of the settings */
export function hoursEditor(fields) {
  const [open, zone] = ['Hours:Open', 'Hours:TimeZone'].map(key => fields.find(field => field.key === key));
  if (!open || open.field.disabled) return null;
  const table = el('div.hours', { role: 'group', ariaLabel: t('Opening hours by day') });
  let days = hoursOf(open.value);
  let writing = false;

  const write = () => {
    // The browser's zone is a better guess than the server's.
    if (!open.was && zone?.value === 'UTC') zone.put(Intl.DateTimeFormat().resolvedOptions().timeZone);
    writing = true;
    open.put(hoursText(days.map(spans => spans.filter(([from, to]) => from && to && from !== to))));
    writing = false;
  };
  const time = (span, at, label) =>
    el('input', { type: 'time', value: span[at], ariaLabel: label, oninput: ({ target }) => ((span[at] = target.value), write()) });
  const change = (day, spans) => {
    days[day] = spans;
    write();
    draw();
  };
  const row = (spans, day) => {
    const name = weekday(day);
    const id = `h-${DAYS[day]}`;
    const flip = ({ target }) => {
      change(day, target.checked ? [[...(days.flat()[0] ?? ['09:00', '17:00'])]] : []);
      table.querySelector(`#${id}`)?.focus();
    };
    return el(
      'div',
      el('div.row-f', el('input', { type: 'checkbox', id, checked: spans.length > 0, onchange: flip }), el('label', { htmlFor: id }, name)),
      el(
        'div.spans',
        spans.map((span, at) =>
          el(
            'span',
            time(span, 0, t('{day}, from', { day: name })),
            el('span', { ariaHidden: 'true' }, '–'),
            time(span, 1, t('{day}, to', { day: name })),
            at > 0 &&
              button('ico', icon('x'), () => change(day, spans.toSpliced(at, 1)), {
                ariaLabel: t('{day}, remove these hours', { day: name }),
              }),
          ),
        ),
        !spans.length && el('span.dim', t('Closed')),
        spans.length === 1 &&
          button('link', t('Add a break'), () =>
            change(day, [
              [spans[0][0], '12:00'],
              ['13:00', spans[0][1]],
            ]),
          ),
      ),
    );
  };
  const draw = () =>
    fill(
      table,
      days
        ? days.map(row)
        : button('btn', t('Set them day by day'), () => {
            days = DAYS.map(() => []);
            draw();
          }),
    );
  open.field.addEventListener('input', () => {
    if (writing) return;
    days = hoursOf(open.value);
    draw();
  });
  draw();
  return [table, el('details', { open: !days }, el('summary', t('As text')), open.node)];
}
