// @ts-check
// What stands where no conversation is open.
import { app } from './app.js';
import { $, el, fill, icon } from './dom.js';
import { t } from './language.js';

const KEYS = [
  ['J', t('next')],
  ['/', t('search')],
  ['?', t('all shortcuts')],
];

export class EmptyPane {
  #box = $('#blank');

  render() {
    const { lists, empty } = app.store;
    const mode = app.openChat.thread || !lists.active.ready ? '' : empty ? 'install' : 'pick';
    this.#box.hidden = !mode;
    if (this.#box.dataset.mode === mode) return;
    this.#box.dataset.mode = mode;
    fill(this.#box);
    const mark = icon('mark');
    mark.classList.add('big');
    if (mode === 'pick') fill(this.#box, mark, el('p', t('Choose a conversation')), this.#keys());
    if (mode === 'install') {
      fill(this.#box, mark, el('h2', t('No conversations yet')));
      app.onDemand.open('firstDay', this.#box);
    }
  }

  #keys() {
    return el(
      'p.keys-hint',
      KEYS.map(([key, what]) => el('span', el('kbd', key), ` ${what}`)),
    );
  }
}
