// @ts-check
// One conversation in the list.
import { app } from './app.js';
import { el, fill, icon } from './dom.js';
import { plural, t } from './language.js';
import { seen } from './screen.js';
import { storage } from './storage.js';
import { highlighted, initials, nameOf, oneLine, placeOf, tint } from './text.js';
import { ago, FULL, wakesAt } from './time.js';

export class InboxRow {
  #avatar = el('span.av', { ariaHidden: 'true' });
  #name = el('span.nm', { dir: 'auto' });
  #time = el('time.tm');
  #preview = el('span.pv', { dir: 'auto' });
  #badge = el('span.bd', { hidden: true });
  #waits = el('span.wa', { hidden: true, title: t('Not answered yet') }, el('span.vh', t('not answered yet')));
  #drawn = '';
  #chat = null;
  link;
  item;

  constructor(id) {
    // The spaces separate the parts for screen readers.
    const parts = [this.#avatar, ' ', this.#name, ' ', this.#time, ' ', this.#preview, ' ', this.#badge, this.#waits];
    this.link = el('a.row', { href: `#chat=${id}` }, parts);
    this.link.dataset.id = id;
    this.item = el('li', this.link);
  }

  /**
   * @param {any} chat
   * @param {string | false} trouble what has gone wrong in it, in place of the preview
   * @param {number} minute changes when times are to be written anew
   */
  draw(chat, trouble, minute) {
    const current = chat.id === app.id;
    const unread = chat.unread && !(current && seen());
    const { q } = app.store;
    const author = app.team.authorOf(chat);
    const drawn = `${current} ${trouble} ${unread} ${minute} ${q} ${author}`;
    if (this.#chat === chat && this.#drawn === drawn) return;
    this.#chat = chat;
    this.#drawn = drawn;
    const name = nameOf(chat);
    const count = chat.unread_count;
    this.link.classList.toggle('un', unread);
    this.link.classList.toggle('on', chat.user_online);
    this.link.ariaCurrent = current || null;
    this.#avatar.textContent = initials(name);
    this.#avatar.className = `av ${tint(chat.user_id ?? chat.id)}`;
    fill(
      this.#name,
      el('span', highlighted(name, q), chat.user_online && el('span.vh', t(', online'))),
      !chat.user_name && !chat.user_email && /^(?!Etc\/).+\//.test(chat.time_zone ?? '') && el('small.place', placeOf(chat.time_zone)),
      chat.user_blocked && el('small.bad', t('Blocked')),
      chat.tags?.map(tag => el('small', tag)),
    );
    if (chat.snoozed_until) fill(this.#time, icon('clock'), el('span.vh', t('snoozed until ')), wakesAt(chat.snoozed_until));
    else this.#time.textContent = ago(chat.last_message_at).replace(t(' ago'), '');
    this.#time.dateTime = chat.last_message_at;
    this.#time.title = FULL.format(new Date(chat.last_message_at));
    fill(this.#preview, this.#words(chat, trouble, author, !current && !unread));
    this.#badge.hidden = !unread;
    // Marked unread by hand, it has nothing to count.
    this.#badge.classList.toggle('none', !count);
    fill(
      this.#badge,
      el('span', { ariaHidden: 'true' }, count > 9 ? '9+' : count || ''),
      el('span.vh', ' ', count ? plural(count, '{n} unread|{n} unread') : t('marked unread')),
    );
    this.#waits.hidden = unread || chat.last_message_sender !== 'user';
  }

  #words(chat, trouble, author, drafts) {
    const { q } = app.store;
    if (q && chat.hit) return highlighted(oneLine(chat.hit), q);
    if (trouble) return el('b.bad', trouble);
    const draft = drafts && oneLine(storage.get(`draft:${chat.id}`)).slice(0, 100);
    if (draft) return [el('b', t('Draft: ')), draft];
    const words = oneLine(chat.last_message_preview) || t('Deleted');
    return chat.last_message_sender === 'admin' ? `${author}: ${words}` : words;
  }
}
