// @ts-check
// How it goes: conversations, time to the first reply, ratings.
import { app } from './app.js';
import { chart, table } from './charts.js';
import { $, arrowKeys, button, el, fill, selectTab } from './dom.js';
import { LOCALE, plural, t } from './language.js';
import { webAddress } from './text.js';
import { dates } from './time.js';

const RANGES = [7, 30, 90];
const sum = (days, of) => days.reduce((all, day) => all + of(day), 0);

/** Seconds as people say them. */
export function span(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 90) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  if (hours < 36) return `${hours.toLocaleString(LOCALE, { maximumFractionDigits: 1 })} h`;
  return plural(Math.round(hours / 24), '{n} day|{n} days');
}

function middle(values) {
  const sorted = values.filter(value => value != null).sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor((sorted.length - 1) / 2)] : null;
}

const quoted = cell => (/[",\n]/.test(cell) ? `"${String(cell).replaceAll('"', '""')}"` : (cell ?? ''));

const csv = rows => rows.map(row => row.map(quoted).join()).join('\r\n');

export class Numbers {
  #dialog = $('#num');
  #panel = el('div', { id: 'num-p', role: 'tabpanel', tabIndex: 0 });
  #days = 30;
  #got = /** @type {any} */ (null);
  #ranges = el(
    'div.seg',
    { role: 'tablist', ariaLabel: t('Days') },
    RANGES.map(days =>
      el(
        'button',
        { role: 'tab', id: `num-${days}`, 'aria-controls': 'num-p', onclick: () => this.show(days) },
        plural(days, '{n} day|{n} days'),
      ),
    ),
  );

  constructor() {
    arrowKeys(this.#ranges);
    const download = button('btn', t('Download CSV'), () => this.#download(), { id: 'num-csv' });
    this.#dialog.append(el('div.bar', this.#ranges, download), this.#panel);
  }

  open() {
    this.#dialog.showModal();
    this.show(this.#days);
    $(`#num-${this.#days}`).focus();
  }

  async show(days) {
    this.#days = days;
    selectTab(this.#ranges, `num-${days}`, this.#panel);
    try {
      const got = await app.api.numbers(days);
      if (days !== this.#days) return;
      this.#got = got;
      fill(this.#panel, this.#page(got));
    } catch (error) {
      fill(this.#panel, el('p.bad', { role: 'alert' }, error.message));
    }
  }

  #page({ days, pages, hours, time_zone }) {
    const short = dates({ day: 'numeric', month: 'short', timeZone: 'UTC' });
    const long = dates({ weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
    const every = Math.ceil(days.length / 7);
    const perDay = of =>
      days.map((day, at) => {
        const date = Date.parse(day.date);
        return [long.format(date), of(day), (days.length - 1 - at) % every ? '' : short.format(date)];
      });
    const begun = sum(days, day => day.conversations);
    const [good, bad] = [sum(days, day => day.ratings.good), sum(days, day => day.ratings.bad)];
    const reply = middle(days.map(day => day.first_reply_median));
    const openReply = middle(days.map(day => day.first_reply_open_median));
    const tile = (value, name, hint) => el('div', el('dt', name), el('dd', el('b', String(value)), hint && el('span', hint)));
    return [
      el(
        'dl.tiles',
        tile(begun.toLocaleString(LOCALE), t('Conversations'), plural(sum(days, day => day.admin_messages), '{n} reply|{n} replies')),
        tile(
          reply == null ? '–' : span(reply),
          t('First reply'),
          openReply == null ? t('on a usual day') : t('{time} in opening hours', { time: span(openReply) }),
        ),
        tile(sum(days, day => day.missed).toLocaleString(LOCALE), t('Missed'), t('no reply for a day')),
        tile(
          good + bad ? `${Math.round((100 * good) / (good + bad))} %` : '–',
          t('Content'),
          good + bad ? plural(good + bad, '{good} of {n} rating|{good} of {n} ratings', { good }) : t('no ratings yet'),
        ),
      ),
      chart(t('Conversations a day'), perDay(day => day.conversations), [t('Day'), t('Conversations')]),
      chart(t('Time to the first reply'), perDay(day => day.first_reply_median), [t('Day'), t('Half were answered within')], span),
      chart(
        t('When conversations begin'),
        hours.map((count, hour) => [`${hour}:00`, count, hour % 3 ? '' : `${hour}:00`]),
        [t('Hour ({zone})', { zone: time_zone }), t('Conversations')],
      ),
      pages.length > 0 &&
        el(
          'section',
          el('h3', t('Where conversations begin')),
          el(
            'ol.pages',
            pages.slice(0, 8).map(({ url, conversations }) => {
              const page = webAddress(url);
              return el(
                'li',
                el('span', { title: url }, page ? page.host + page.pathname : url),
                el('b', conversations.toLocaleString(LOCALE)),
                el('progress', { max: pages[0].conversations, value: conversations, ariaHidden: 'true' }),
              );
            }),
          ),
          pages.length > 8 && table([t('Page'), t('Conversations')], pages.map(({ url, conversations }) => [url, conversations])),
        ),
    ];
  }

  #download() {
    const days = this.#got?.days;
    if (!days) return;
    const flat = days.map(({ ratings, ...day }) => ({ ...day, rated_good: ratings.good, rated_bad: ratings.bad }));
    const heads = Object.keys(flat[0]);
    const href = URL.createObjectURL(new Blob([csv([heads, ...flat.map(day => heads.map(head => day[head]))])], { type: 'text/csv' }));
    el('a', { href, download: `leanchat-${flat[0].date}-${flat.at(-1).date}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1e4);
  }
}
