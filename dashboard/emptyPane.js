// @ts-check
// What stands where no conversation is open.
import { app } from './app.js';
import { snippet } from './dialogs.js';
import { $, el, fill, icon } from './dom.js';
import { t } from './language.js';
import { seen } from './screen.js';
import { wait } from './time.js';

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
    const mark = icon('mark');
    mark.classList.add('big');
    if (mode === 'pick') fill(this.#box, mark, el('p', t('Choose a conversation')), this.#keys());
    if (mode === 'install')
      fill(
        this.#box,
        mark,
        el('h2', t('No conversations yet')),
        el('p', t('Paste this line into your site. Put it on every page, anywhere in the HTML.')),
        snippet(),
        this.#tick(),
      );
  }

  #keys() {
    return el(
      'p.keys-hint',
      KEYS.map(([key, what]) => el('span', el('kbd', key), ` ${what}`)),
    );
  }

  /** Changes by itself when the widget has been seen on the site. */
  #tick() {
    const line = el('p.tick', { role: 'status' }, el('i.dot'), t('Waiting for your first visitor…'));
    const watch = async () => {
      while (!app.me.widget_seen_at) {
        await wait(3000);
        if (!line.isConnected) return;
        if (seen() && line.offsetParent) await app.refreshMe();
      }
      line.classList.add('ok');
      fill(line, icon('tick'), t('The widget is on your site. Waiting for the first message.'));
    };
    watch();
    return line;
  }
}
