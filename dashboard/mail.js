// @ts-check
// The state of the e-mail: what the mail server refuses, and which addresses get nothing.
import { app } from './app.js';
import { ApiError } from './api.js';
import { el, fill } from './dom.js';
import { plural, t } from './language.js';
import { SilentList } from './silentList.js';

const ADVICE = [
  [/app(?:lication)?\W(?:specific\W)?password/i, t('Make an app password with your e-mail provider and enter it as the password.')],
  [/helo|ehlo|fully.qualified/i, t('Enter this server’s full host name as its name for the mail server (HELO).')],
  [/^5(?:30|34|35)|authenticat|credential|password/i, t('Check the username and the password.')],
  [
    /relay|sender|not allowed|not permitted|5\.7\./i,
    t('Check the sender’s address and the username: the mail server must allow you to send from it.'),
  ],
  [/tls|ssl|certificate|sign-in/i, t('Check the encryption and the port.')],
  [
    /connect|refused|timed? ?out|in time|resolve|unreachable|reached|no such host|has this name/i,
    t('Check the mail server’s name and port.'),
  ],
];

/** Only a mail server’s reply begins with a code; the other errors are sentences of LeanChat’s own. */
const REPLY = /^(?:[2-5]\d\d|OK|NO|BAD|BYE)(?: |$)/;

/** What to do about the mail server's words. */
const adviceFor = error =>
  (ADVICE.find(([pattern]) => /** @type {RegExp} */ (pattern).test(error)) ?? [])[1] ??
  t('Check the e-mail settings and send a test e-mail.');

export class Mail {
  #state = /** @type {any} */ (null);
  silent = new SilentList(address => this.#lift(address));
  trouble = { node: el('div.note', { hidden: true }) };

  /** What went wrong with an e-mail that still waits; null if there is none. */
  get failure() {
    return this.#state?.sending?.ok === false ? this.#state.sending : null;
  }
  /** What went wrong with the mailbox, if answers cannot be read; null if they can, or none are received. */
  get deaf() {
    return this.#state?.receiving?.ok === false ? this.#state.receiving : null;
  }
  /** What went wrong, and who says so. */
  said({ error }) {
    return REPLY.test(error) ? t('The mail server says: “{error}”', { error }) : t(error);
  }
  /** The newest test of the mailbox. */
  get test() {
    return this.#state?.test;
  }

  /** All that is wrong, the most serious first: what, in whose words, what to do, and since when. */
  get troubles() {
    const untaken = this.#state?.untaken ?? [];
    const { failure, deaf } = this;
    return [
      failure && { text: t('E-mails are not going out.'), words: this.said(failure), advice: adviceFor(failure.error), at: failure.since },
      deaf && { text: t('Answers by e-mail are not coming in.'), words: this.said(deaf), advice: adviceFor(deaf.error), at: deaf.since },
      untaken.length > 0 && {
        text: plural(untaken.length, 'One answer by e-mail was not taken.|{n} answers by e-mail were not taken.'),
        words: untaken
          .slice(0, 3)
          .map(({ from, why }) => `${from}: ${t(why)}`)
          .join(' · '),
        advice: t('The mail is still in your mailbox. Answer in the dashboard instead.'),
        at: untaken
          .map(one => one.at)
          .sort()
          .at(-1),
      },
    ].filter(Boolean);
  }

  /** Why an address gets no e-mail; undefined where it does. */
  silenced(address) {
    const same = text => text.trim().toLowerCase();
    return address && this.#state?.silent.find(one => same(one.address) === same(address));
  }

  /** The answer of GET /admin/mail, or the frame that says the same. */
  take(state) {
    this.#state = state;
    this.silent.draw(state.silent);
    const { troubles } = this;
    this.trouble.node.hidden = !troubles.length;
    fill(
      this.trouble.node,
      troubles.map(({ text, words, advice }) => [el('p', el('b', `${text} `), words), el('p', advice)]),
    );
    app.draw();
  }

  async load() {
    const known = this.#state;
    try {
      const state = await app.api.mail();
      // A frame that came meanwhile is newer than this answer.
      if (this.#state === known) this.take(state);
    } catch (error) {
      // Nobody has asked for it: the next sign-in or frame tells it.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  async #lift(address) {
    const before = this.#state;
    this.take({ ...before, silent: before.silent.filter(one => one.address !== address) });
    try {
      await app.api.liftSilence(address);
      app.toast.show(t('We’ll e-mail {address} again.', { address }));
    } catch (error) {
      this.take(before);
      app.showError(error);
    }
  }
}
