// @ts-check
// The chats of one tab.
import { app } from './app.js';

/** No filter at all. */
export const ALL = { q: '', unanswered: false, snoozed: false, assignee: '', tag: '', since: '', until: '' };

/** The chats of a tab, or of a search in it, as far as they have been loaded. */
export class ChatList {
  ids = new Set();
  next = null;
  edge = '';
  ready = false;
  #busy = false;
  /** @param {boolean} archived @param {typeof ALL} filter */
  constructor(archived, filter) {
    this.archived = archived;
    this.filter = filter;
  }

  #fits(chat) {
    const { unanswered, snoozed, assignee, tag, since, until } = this.filter;
    return (
      chat?.archived === this.archived &&
      (this.archived || Boolean(chat.snoozed_until) === snoozed) &&
      (!unanswered || chat.last_message_sender === 'user') &&
      (!assignee || (chat.assignee?.id ?? 'none') === (assignee === 'me' ? app.me.id : assignee)) &&
      (!tag || Boolean(chat.tags?.includes(tag))) &&
      (!since || chat.last_message_at >= since) &&
      (!until || chat.last_message_at < until)
    );
  }

  get rows() {
    return [...this.ids]
      .map(id => app.store.chats.get(id))
      .filter(chat => this.#fits(chat))
      .sort((a, b) => (b.last_message_at > a.last_message_at ? 1 : b.last_message_at < a.last_message_at ? -1 : 0));
  }

  /** In a search, the server chooses the chats. */
  place(chat) {
    if (this.filter.q) return;
    const fits = this.#fits(chat) && chat.last_message_at && (!this.next || chat.last_message_at >= this.edge);
    if (fits) this.ids.add(chat.id);
    else this.ids.delete(chat.id);
  }

  async refresh() {
    const start = app.store.tick;
    const { edge } = this;
    const all = [];
    const chosen = Object.entries(this.filter).filter(([, value]) => value);
    const query = [['archived', this.archived], ...chosen].map(([key, value]) => [key, String(value)]);
    let path = `/admin/chats?${new URLSearchParams(query)}`;
    do {
      const { items, next } = await app.api.chats(path);
      all.push(...items);
      path = next;
    } while (path && edge && all.at(-1)?.last_message_at > edge);
    for (const id of this.ids) if (!app.store.touched(id, start)) this.ids.delete(id);
    this.#take(all, path, start);
  }

  async more() {
    if (this.#busy || !this.next) return false;
    this.#busy = true;
    const start = app.store.tick;
    try {
      const { items, next } = await app.api.chats(this.next);
      this.#take(items, next, start);
      return true;
    } finally {
      this.#busy = false;
    }
  }

  #take(items, next, start) {
    this.next = next;
    this.edge = items.at(-1)?.last_message_at ?? '';
    this.ready = true;
    for (const item of items) {
      app.store.told({ hit: '', ...item }, start);
      const chat = app.store.chats.get(item.id);
      if (chat) {
        this.ids.add(chat.id);
        this.place(chat);
      }
    }
  }
}
