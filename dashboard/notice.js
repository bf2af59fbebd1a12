// @ts-check
// One notice above the list: what the owner should know or do.
import { app } from './app.js';
import { $, button, el, fill } from './dom.js';
import { plural, t } from './language.js';
import { permission, seen } from './screen.js';
import { storage } from './storage.js';

export class Notice {
  #said = '';

  constructor() {
    // No frame says when held e-mails have been sent.
    setInterval(() => {
      if (seen() && app.store.counts?.letters_held) app.store.recount();
    }, 60e3);
  }

  /** The most serious first. */
  render() {
    const notice = this.#all().find(one => this.#due(one));
    const said = JSON.stringify(notice ?? '');
    if (this.#said === said) return;
    this.#said = said;
    fill(
      $('.ask'),
      notice && [
        (notice.parts ?? [notice]).map(({ text, words, advice }) => [
          el(notice.grave ? 'p.bad' : 'p', text),
          words && el('p.dim', words),
          advice && el('p', advice),
        ]),
        notice.action && button('link', notice.action, notice.act),
        button('link', t('Dismiss'), () => this.#dismiss(notice)),
      ],
    );
  }

  /** What was dismissed comes back when there is more of it. */
  #due({ key, much }) {
    const dismissed = Number(storage.get(`off:${key}`));
    if (much < dismissed) storage.set(`off:${key}`, Number(much));
    return much > dismissed;
  }

  #dismiss({ key, much }) {
    storage.set(`off:${key}`, Number(much));
    app.draw();
  }

  /** `much` is 0 or false where there is nothing to say, undefined where it is not known yet. */
  #all() {
    const { counts, lost, empty } = app.store;
    const failed = counts?.failed_letters;
    const { troubles } = app.mail;
    const openMail = () => app.onDemand.open('settings', 'mail');
    return [
      {
        // One for all: what came last brings it back.
        key: 'post',
        much: Math.max(0, ...troubles.map(({ at }) => Date.parse(at) || 1)),
        grave: true,
        parts: troubles,
        action: t('Open the e-mail settings'),
        act: openMail,
      },
      {
        key: 'failed',
        much: failed,
        grave: true,
        text: plural(failed ?? 0, 'One e-mail could not be delivered this week.|{n} e-mails could not be delivered this week.'),
        action: lost.length ? t('Show') : t('Check the e-mail settings'),
        act: lost.length
          ? () => app.router.go(app.store.lost[(app.store.lost.indexOf(app.id) + 1) % app.store.lost.length])
          : openMail,
      },
      {
        key: 'hooks',
        much: counts?.stopped_webhooks,
        grave: true,
        text: plural(counts?.stopped_webhooks ?? 0, 'A webhook was turned off.|{n} webhooks were turned off.'),
        action: t('Open the connections'),
        act: () => app.onDemand.open('settings', 'links'),
      },
      {
        key: 'held',
        much: counts?.letters_held,
        text: t('The hourly limit for e-mails is reached. The rest will be sent later.'),
      },
      {
        key: 'mail',
        much: !app.me.mail_ready,
        text: t('E-mail isn’t set up, so replies can’t reach visitors who have left, and you get no e-mail about missed messages.'),
        action: t('Set up e-mail'),
        act: openMail,
      },
      // Asked only after somebody has written, and only by a click.
      {
        key: 'notes',
        much: permission() === 'default' && (!empty || undefined),
        text: t('Get a notification when somebody writes?'),
        action: t('Turn on notifications'),
        act: () => app.attention.ask(),
      },
    ];
  }
}
