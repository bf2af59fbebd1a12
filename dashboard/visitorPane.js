// @ts-check
// Who the visitor is.
import { BASE } from './api.js';
import { app } from './app.js';
import { CasePane } from './casePane.js';
import { $, button, fill, el, icon, externalLink } from './dom.js';
import { LOCALE, t, texts } from './language.js';
import { phone } from './screen.js';
import { device, language, nameOf, placeOf, webAddress } from './text.js';
import { ago, clock, dates, YEAR } from './time.js';
import { canShare, sendTranscript } from './transcript.js';

const NO_EMAIL = texts({
  unsubscribed: 'Unsubscribed: gets no e-mail',
  refused: 'Gets no e-mail: the mail server refused this address',
});

export class VisitorPane {
  #pane = $('.inf');
  #key = '';
  #case = new CasePane();
  #top = el('div');
  #rest = el('div');
  constructor() {
    this.#pane.append(this.#top, this.#case.node, this.#rest);
    $('#info-b').onclick = () => this.toggle(!this.shown);
    this.#pane.onfocusout = ({ relatedTarget: to }) => {
      if (this.shown && to && !to.closest('.inf,dialog')) this.toggle(false, false);
    };
  }

  get shown() {
    return $('#app').classList.contains('info');
  }
  /** On a phone the sheet is a step in the history. */
  toggle(on, focus = true) {
    if (on === this.shown) return;
    if (phone.matches && on !== Boolean(history.state?.info)) {
      if (!on) return history.back();
      history.pushState({ ...history.state, info: 1 }, '');
    }
    $('#app').classList.toggle('info', on);
    $('#info-b').ariaExpanded = on;
    if (focus) $(on ? '#infoclose' : '#info-b').focus();
  }

  render() {
    const chat = app.chat;
    const there = chat?.time_zone && this.#time(chat.time_zone);
    if (chat) this.#case.render(chat);
    if (!chat || $('#v-name:focus')) return;
    const silenced = app.mail.silenced(chat.user_email);
    const key = JSON.stringify([chat, there, silenced]);
    if (key === this.#key) return;
    this.#key = key;
    const back = $(':focus', this.#pane)?.id;
    const page = webAddress(chat.page_url);
    const from = webAddress(chat.referrer);
    const name = el('input', {
      id: 'v-name',
      value: chat.user_name ?? '',
      placeholder: nameOf({ ...chat, user_name: null }),
      maxLength: 100,
      autocomplete: 'off',
    });
    name.onchange = () => app.actions.rename(chat, name.value.trim());
    name.onkeydown = event => {
      if (event.key === 'Enter') name.blur();
      if (event.key === 'Escape') {
        name.value = chat.user_name ?? '';
      }
    };
    const facts = pairs =>
      el(
        'dl',
        pairs.filter(([, value]) => value).map(([term, value]) => el('div', el('dt', term), el('dd', value))),
      );
    fill(
      this.#top,
      el(
        'header',
        el('h2', t('Visitor')),
        el('button.ico', { id: 'infoclose', ariaLabel: t('Close details'), onclick: () => this.toggle(false) }, icon('x')),
      ),
      el('label', { htmlFor: 'v-name' }, t('Name')),
      name,
      facts([
        [
          t('E-mail'),
          chat.user_email
            ? [
                el('a', { href: `mailto:${chat.user_email}` }, chat.user_email),
                ' ',
                button('ico', icon('copy'), () => this.#copy(chat.user_email), { ariaLabel: t('Copy the address'), title: t('Copy') }),
                chat.user_verified
                  ? el('span.tag.ok', icon('tick'), t('verified'))
                  : el('span.tag.warn', { title: t('The visitor typed it; nobody has checked it.') }, t('unverified')),
                silenced && el('p.small.bad', { title: silenced.error }, NO_EMAIL[silenced.reason] ?? t('Gets no e-mail')),
              ]
            : el('span.dim', t('Not given yet')),
        ],
        [t('Local time'), there],
        [t('Language'), chat.locale && language(chat.locale, LOCALE)],
        [t('Device'), device(chat.user_agent)],
        [t('First seen'), chat.user_created_at && YEAR.format(new Date(chat.user_created_at))],
      ]),
    );
    fill(
      this.#rest,
      el('h3', t('This visit')),
      facts([
        [
          chat.user_online ? t('Now on') : t('Last on'),
          page
            ? externalLink(page.href, chat.page_title || page.pathname + page.search)
            : chat.page_url || el('span.dim', t('Unknown')),
        ],
        [t('Came from'), from ? externalLink(from.href, from.hostname.replace(/^www\./, '')) : chat.referrer || t('Directly')],
      ]),
      pagesBefore(chat.pages ?? []),
      el(
        'div.acts',
        el(
          'a.btn',
          { href: `${BASE}/admin/chats/${chat.id}/transcript?format=html`, target: '_blank', id: 'transcript' },
          t('Print the conversation'),
        ),
        el(
          'button.btn',
          { id: 'share', onclick: () => sendTranscript(chat) },
          canShare ? t('Share the conversation') : t('Save the conversation'),
        ),
        el('button.btn', { id: 'block', onclick: () => app.actions.block(chat) }, chat.user_blocked ? t('Unblock') : t('Block…')),
        el(
          'a.btn',
          { href: `${BASE}/admin/users/${chat.user_id}/export`, id: 'export', download: `leanchat-${chat.user_id}.json` },
          t('Download their data'),
        ),
        el('button.btn.risk', { id: 'erase', onclick: () => app.actions.erase(chat) }, t('Erase…')),
      ),
    );
    if (back) $(`#${back}`)?.focus();
  }

  async #copy(address) {
    try {
      await navigator.clipboard.writeText(address);
      app.toast.show(t('Copied.'));
    } catch {
      app.toast.show(address);
    }
  }

  #time(timeZone) {
    try {
      const time = dates({ timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(clock.now());
      return `${time} · ${placeOf(timeZone)}`;
    } catch {
      return timeZone;
    }
  }
}

/** Where they were before, newest first. */
function pagesBefore([, ...before]) {
  if (!before.length) return null;
  return el(
    'details.seen',
    el('summary', t('Pages seen before')),
    el(
      'ol',
      before.map(({ url, title, at }) => {
        const page = webAddress(url);
        const name = title || (page ? page.pathname + page.search : url);
        return el('li', page ? externalLink(page.href, name) : name, el('time.dim', { dateTime: at }, ago(at)));
      }),
    ),
  );
}
