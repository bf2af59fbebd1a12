// @ts-check
// Settings: the devices that are notified of new messages.
import { app } from './app.js';
import { button, el, fill } from './dom.js';
import { t } from './language.js';
import { permission } from './screen.js';
import { dotted } from './text.js';
import { ago } from './time.js';

export class Devices {
  #list = el('ul');
  #result = el('p.small', { role: 'status' });
  node = el('section.devices', { ariaLabel: t('Notifications') });

  async draw() {
    const { devices } = await app.api.push();
    fill(
      this.#list,
      devices.map(each => this.#item(each)),
    );
    fill(
      this.node,
      el('h3', t('Notifications')),
      el('p.dim', t('This device tells you that somebody wrote and nobody has looked, even while the dashboard is closed.')),
      this.#list,
      this.#hint(),
      el(
        'p.end',
        app.push.supported && permission() !== 'denied' && button('btn', t('Turn on notifications on this device'), () => this.#turnOn()),
        devices.length > 0 && button('btn', t('Test'), () => this.#test()),
      ),
      this.#result,
    );
    return this.node;
  }

  #item(each) {
    const state = each.last_error
      ? el('p.bad.small', t('The last notification failed: {error}', { error: t(each.last_error) }))
      : el(
          'p.dim.small',
          each.last_sent_at
            ? t('Last notified {when}', { when: ago(each.last_sent_at) })
            : t('Added {when}', { when: ago(each.created_at) }),
        );
    return el(
      'li',
      el('div', el('p', el('b', { dir: 'auto' }, each.name)), state),
      button('btn', t('Remove'), () => this.#act(() => app.api.removeDevice(each.id), t('Removed.')), {
        ariaLabel: t('Remove {name}', { name: each.name }),
      }),
    );
  }

  #hint() {
    if (app.push.needsHomeScreen)
      return el(
        'p',
        t('On an iPhone or iPad: tap Share, then Add to Home Screen, and open LeanChat from there. Then turn on notifications here.'),
      );
    if (!app.push.supported) return el('p.dim', t('This browser can’t show notifications while the dashboard is closed.'));
    if (permission() === 'denied') return el('p.dim', t('This browser blocks notifications. Allow them for this page in its settings.'));
    return null;
  }

  #turnOn() {
    return this.#act(() => app.push.turnOn(), t('This device will be notified.'));
  }

  async #test() {
    await this.#act(async () => {
      const results = await app.api.testPush();
      const failed = results.filter(each => !each.ok);
      if (failed.length) throw new Error(dotted(...failed.map(each => said(each))));
    }, t('Sent. It should appear on each of your devices within a few seconds.'));
  }

  async #act(work, done) {
    fill(this.#result);
    let text = done;
    let look = 'p.small';
    try {
      await work();
    } catch (error) {
      text = error.message;
      look = 'p.bad.small';
    }
    await this.draw();
    fill(this.#result, el(look, text));
  }
}

function said({ status, message }) {
  if (status === 404 || status === 410) return t('A device has turned notifications off. It was removed from the list.');
  return message ? t('A notification was not taken: {error}', { error: t(message) }) : t('A notification was not taken.');
}
