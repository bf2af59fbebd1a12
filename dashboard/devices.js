// @ts-check
// Settings: the devices that are notified of new messages.
import { app } from './app.js';
import { button, el, fill } from './dom.js';
import { permission } from './screen.js';
import { dotted } from './text.js';
import { ago } from './time.js';

export class Devices {
  #list = el('ul');
  #result = el('p.small', { role: 'status' });
  node = el('section.devices', { ariaLabel: 'Notifications' });

  async draw() {
    const { devices } = await app.api.push();
    fill(
      this.#list,
      devices.map(each => this.#item(each)),
    );
    fill(
      this.node,
      el('h3', 'Notifications'),
      el('p.dim', 'This device tells you that somebody wrote and nobody has looked, even while the dashboard is closed.'),
      this.#list,
      this.#hint(),
      el(
        'p.end',
        app.push.supported && permission() !== 'denied' && button('btn', 'Turn on notifications on this device', () => this.#turnOn()),
        devices.length > 0 && button('btn', 'Test', () => this.#test()),
      ),
      this.#result,
    );
    return this.node;
  }

  #item(each) {
    const state = each.last_error
      ? el('p.bad.small', `The last notification failed: ${each.last_error}`)
      : el('p.dim.small', each.last_sent_at ? `Last notified ${ago(each.last_sent_at)}` : `Added ${ago(each.created_at)}`);
    return el(
      'li',
      el('div', el('p', el('b', { dir: 'auto' }, each.name)), state),
      button('btn', 'Remove', () => this.#act(() => app.api.removeDevice(each.id), 'Removed.'), { ariaLabel: `Remove ${each.name}` }),
    );
  }

  #hint() {
    if (app.push.needsHomeScreen)
      return el(
        'p',
        'On an iPhone or iPad: tap Share, then Add to Home Screen, and open LeanChat from there. Then turn on notifications here.',
      );
    if (!app.push.supported) return el('p.dim', 'This browser can’t show notifications while the dashboard is closed.');
    if (permission() === 'denied') return el('p.dim', 'This browser blocks notifications. Allow them for this page in its settings.');
    return null;
  }

  #turnOn() {
    return this.#act(() => app.push.turnOn(), 'This device will be notified.');
  }

  async #test() {
    await this.#act(async () => {
      const results = await app.api.testPush();
      const failed = results.filter(each => !each.ok);
      if (failed.length) throw new Error(dotted(...failed.map(each => said(each))));
    }, 'Sent. It should appear on each of your devices within a few seconds.');
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
  if (status === 404 || status === 410) return 'A device has turned notifications off. It was removed from the list.';
  return message ? `A notification was not taken: ${message}` : 'A notification was not taken.';
}
