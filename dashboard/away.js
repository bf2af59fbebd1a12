// @ts-check
// What visitors are told, online or away, and the choice that changes it.
import { app } from './app.js';
import { ApiError } from './api.js';
import { $, el, fill, icon } from './dom.js';
import { t } from './language.js';
import { Menu } from './menu.js';
import { dates } from './time.js';

const OPENS = dates({ weekday: 'short', hour: '2-digit', minute: '2-digit' });

const PRESENCES = [
  ['auto', t('Automatic'), t('Online while one of you uses the dashboard, within your opening hours.')],
  ['away', t('Away'), t('Until you change it.')],
  ['here', t('Online'), t('Outside your opening hours, too, until nobody has used the dashboard for 12 hours.')],
];

const WHY = {
  away: () => t('you switched to Away'),
  here: () => t('you switched to Online'),
  closed: ({ until }) =>
    until
      ? t('outside your opening hours, until {time}', { time: OPENS.format(new Date(until)) })
      : t('outside your opening hours'),
  used: () => t('one of you is here'),
  unused: () => t('nobody has been here for 5 minutes'),
};

export class Away {
  #state = /** @type {any} */ (null);
  #button = $('#away');
  #box = $('#away-m');

  constructor() {
    new Menu(this.#button, this.#box);
  }

  /** The answer of GET /admin/presence, or the frame that says the same. */
  take(state) {
    this.#state = state;
    const { admin_online: online, setting, fixed, why } = state;
    const reason = fixed && why === setting ? t('fixed in the server’s configuration') : WHY[why](state);
    this.#button.hidden = false;
    this.#button.classList.toggle('on', online);
    fill(
      this.#button,
      el('i.dot'),
      el('span', t('Visitors see: '), el('b', online ? t('online') : t('away')), ` — ${reason}`),
      icon('down'),
    );
    fill(
      this.#box,
      PRESENCES.map(([value, name, what]) =>
        el(
          'button',
          {
            type: 'button',
            role: 'menuitemradio',
            ariaChecked: String(value === setting),
            disabled: fixed,
            onclick: () => this.#choose(value),
          },
          el('span', el('b', name), el('span.hint', what)),
          icon('tick'),
        ),
      ),
      fixed && el('p.hint', t('Fixed in the server’s configuration.')),
    );
  }

  async load() {
    const known = this.#state;
    try {
      const state = await app.api.presence();
      // A frame that came meanwhile is newer than this answer.
      if (this.#state === known) this.take(state);
    } catch (error) {
      // The next connection asks again.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  async #choose(value) {
    if (value === this.#state.setting) return;
    try {
      await app.api.change({ Presence: value });
      await this.load();
    } catch (error) {
      app.showError(error);
    }
  }
}
