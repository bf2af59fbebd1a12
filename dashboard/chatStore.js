// @ts-check
// Every chat that is known here.
import { app } from './app.js';
import { ALL, ChatList } from './chatList.js';
import { soon } from './time.js';

export class ChatStore {
  chats = new Map();
  tick = 0;
  tab = 'active';
  #fresh = new Map();
  #found = null;
  #wanted = JSON.stringify(ALL);
  counts = null;
  changed = soon(() => app.draw());

  lists = this.#pair();

  #pair(filter = ALL) {
    return { active: new ChatList(false, filter), archived: new ChatList(true, filter) };
  }

  /** What the list is narrowed to. */
  get filter() {
    return this.#found?.active.filter ?? ALL;
  }
  get q() {
    return this.filter.q;
  }
  /** Chats with an answer neither seen nor e-mailed. */
  get lost() {
    return this.counts?.failed_chats ?? [];
  }
  get shown() {
    return this.#found ?? this.lists;
  }
  get list() {
    return this.shown[this.tab];
  }
  get #all() {
    return [this.lists, this.#found ?? {}].flatMap(Object.values);
  }
  get empty() {
    return Object.values(this.lists).every(list => list.ready && !list.rows.length);
  }

  get newest() {
    return this.lists.active.rows.find(chat => chat.unread);
  }
  /** The server's count where not all have been loaded. */
  count(tab) {
    const list = this.shown[tab];
    const known = this.#found ? null : this.counts?.[tab];
    return list.next && !list.filter.q ? (known ?? `${list.rows.length}+`) : list.rows.length;
  }
  unread(open) {
    return this.lists.active.next && this.counts
      ? this.counts.unread
      : this.lists.active.rows.filter(chat => chat.unread && chat.id !== open).length;
  }
  recount = soon(() => this.#count(), 500);
  async #count() {
    try {
      this.counts = await app.api.counts();
      this.changed();
    } catch {
      // The next change asks again.
    }
  }

  /** A row from a frame, or changed here: it is newer than any answer still on its way. */
  put(chat) {
    this.#fresh.set(chat.id, ++this.tick);
    const was = this.chats.get(chat.id);
    this.chats.set(chat.id, {
      ...was,
      ...('page_url' in chat && chat.page_url !== was?.page_url && { page_title: null }),
      ...chat,
    });
    for (const list of this.#all) list.place(this.chats.get(chat.id));
    if (Object.values(this.lists).some(list => list.next)) this.recount();
    this.changed();
  }
  patch(id, part) {
    this.put({ ...part, id });
  }
  /** A row from an answer: what came since the request is newer, but may be only a part of the row. */
  told(chat, start) {
    const known = this.chats.get(chat.id);
    if (!this.touched(chat.id, start)) this.chats.set(chat.id, { ...known, ...chat });
    else if (known) {
      // No frame tells the title of a page.
      const title = chat.page_url === known.page_url && chat.page_title;
      this.chats.set(chat.id, { ...chat, ...known, page_title: title || known.page_title });
    }
  }
  touched(id, start) {
    return (this.#fresh.get(id) ?? 0) > start;
  }

  drop(id) {
    this.#fresh.set(id, ++this.tick);
    this.chats.delete(id);
    for (const list of this.#all) list.ids.delete(id);
    this.changed();
  }

  async refresh() {
    this.#count();
    await Promise.all(this.#all.map(list => list.refresh()));
    this.changed();
  }
  async more() {
    const came = await this.list.more();
    if (came) this.changed();
    return came;
  }

  /** The results replace the list once they have arrived. */
  async find(filter) {
    const wanted = JSON.stringify(filter);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    const found = wanted === JSON.stringify(ALL) ? null : this.#pair(filter);
    try {
      if (found) await Promise.all([found.active.refresh(), found.archived.refresh()]);
    } catch (error) {
      // The next try may be for the same words.
      if (wanted === this.#wanted) this.#wanted = JSON.stringify(this.filter);
      throw error;
    }
    if (wanted !== this.#wanted) return;
    this.#found = found;
    this.changed();
  }

  /** Also works for a chat that has just left the list. */
  beside(id, step) {
    const rows = this.list.rows;
    const at = rows.findIndex(chat => chat.id === id);
    if (at >= 0) return rows[at + step]?.id;
    const time = this.chats.get(id)?.last_message_at ?? '';
    const below = time ? rows.findIndex(chat => chat.last_message_at < time) : 0;
    return (step > 0 ? rows[below] : rows[(below < 0 ? rows.length : below) - 1])?.id;
  }
}
