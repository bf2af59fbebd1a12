// @ts-check
// What visitors are told, online or away, and the choice that changes it.
import { app } from './app.js';
import { ApiError } from './api.js';
import { $, el, fill, icon } from './dom.js';
import { Menu } from './menu.js';
import { dates } from './time.js';

const OPENS = dates({ weekday: 'short', hour: '2-digit', minute: '2-digit' });

const PRESENCES = [
  ['auto', 'Automatic', 'Online while one of you uses the dashboard, within your opening hours.'],
  ['away', 'Away', 'Until you change it.'],
  ['here', 'Online', 'Outside your opening hours, too, until nobody has used the dashboard for 12 hours.'],
];

const WHY = {
  away: () => 'you switched to Away',
  here: () => 'you switched to Online',
  closed: ({ until }) => 'outside your opening hours' + (until ? ', until ' + OPENS.format(new Date(until)) : ''),
  used: () => 'one of you is here',
  unused: () => 'nobody has been here for 5 minutes',
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
    const reason = fixed && why === setting ? 'fixed in the server’s configuration' : WHY[why](state);
    this.#button.hidden = false;
    this.#button.classList.toggle('on', online);
    fill(
      this.#button,
      el('i.dot'),
      el('span', 'Visitors see: ', el('b', online ? 'online' : 'away'), ` — ${reason}`),
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
      fixed && el('p.hint', 'Fixed in the server’s configuration.'),
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
