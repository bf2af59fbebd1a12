// @ts-check
// What the first steps have left open, under the list while there are few conversations.
import { app } from './app.js';
import { $, button, el, fill, icon } from './dom.js';
import { t } from './language.js';
import { permission } from './screen.js';
import { storage } from './storage.js';

const FEW = 10;

export class LeftToDo {
  #box = $('#left');
  #drawn = '';

  render() {
    const { me, push, store } = app;
    const { active = 0, archived = 0 } = store.counts ?? {};
    const few = store.lists.active.ready && active + archived < FEW && !storage.get('left-off');
    const all = [
      store.empty && !me.widget_seen_at && [t('Put the chat on your site'), 'site'],
      push.supported && !push.on && permission() === 'default' && [t('Be notified on this device'), 'you'],
      // Said above the list until that is dismissed.
      !me.mail_ready && storage.get('off:mail') && [t('Set up e-mail'), 'mail'],
    ].filter(Boolean);
    const key = few ? all.join() : '';
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#box.hidden = !key;
    fill(
      this.#box,
      el('h3', t('Left to do'), button('ico', icon('x'), () => this.#dismiss(), { ariaLabel: t('Hide this list'), title: t('Hide') })),
      el(
        'ul',
        all.map(([text, tab]) => el('li', button('link', text, () => app.onDemand.open('settings', tab)))),
      ),
    );
  }

  #dismiss() {
    storage.set('left-off', '1');
    this.render();
  }
}
