// @ts-check
// Replies on their way.
import { ApiError } from './api.js';
import { app } from './app.js';
import { confirmed } from './dialogs.js';
import { $ } from './dom.js';
import { storage } from './storage.js';
import { newId } from './text.js';
import { clock, wait } from './time.js';

/** Replies not confirmed yet. Each lies in localStorage until it is. */
export class Outbox {
  #items = new Map();
  #busy = new Set();
  #again = 0;
  #tries = 0;
  constructor() {
    for (const key of storage.keys('out:')) {
      try {
        const item = JSON.parse(storage.get(key));
        this.#items.set(item.client_id, item);
      } catch {
        storage.set(key, '');
      }
    }
  }

  get #all() {
    return [...this.#items.values()];
  }
  get failed() {
    return new Set(this.#all.filter(item => item.state === 'failed').map(item => item.chat));
  }
  of(chat) {
    return this.#all.filter(item => item.chat === chat).sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  }

  /** @param {any[]} [attachments] */
  add(chat, content, attachments = []) {
    const client_id = newId();
    this.#put({ chat, client_id, content, attachments, state: 'sending', created_at: clock.iso() });
    this.retry(chat);
  }

  /** Failed replies are sent first, which keeps the order. */
  retry(chat) {
    for (const item of this.of(chat)) this.#put({ ...item, state: 'sending', why: '' });
    this.#run(chat);
  }
  flush() {
    clearTimeout(this.#again);
    for (const item of this.#all) if (item.state !== 'failed') this.#run(item.chat);
  }
  forget(item) {
    this.#drop(item.client_id);
    this.#changed(item.chat);
  }
  ack(client_id) {
    if (this.#items.has(client_id)) this.#drop(client_id);
  }
  clear(chat) {
    for (const { client_id } of this.of(chat)) this.#drop(client_id);
  }

  #put(item) {
    this.#items.set(item.client_id, item);
    storage.set(`out:${item.client_id}`, JSON.stringify(item));
    this.#changed(item.chat);
  }
  #changed(chat) {
    if (chat === app.id) app.conversation.render();
    app.store.changed();
  }
  #drop(client_id) {
    this.#items.delete(client_id);
    storage.set(`out:${client_id}`, '');
  }

  async #run(chat) {
    if (this.#busy.has(chat)) return;
    this.#busy.add(chat);
    try {
      for (let item; (item = this.of(chat).find(one => one.state !== 'failed'));) if (!(await this.#send(chat, item))) return;
    } finally {
      this.#busy.delete(chat);
    }
  }

  async #send(chat, item) {
    for (let attempt = 1; ; attempt++) {
      try {
        const message = await app.api.send(chat, item.content, item.client_id, item.attachments?.map(file => file.id));
        this.#tries = 0;
        this.#drop(item.client_id);
        if (chat === app.id) app.openChat.said(message);
        return true;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // Erased meanwhile; or the echo came and the answer was lost.
        if (error.status === 404) this.#drop(item.client_id);
        if (!this.#items.has(item.client_id)) return true;
        if (error.status === 0 || error.status === 401) {
          this.#hold(chat, error.status === 0);
          return false;
        }
        if ((error.status !== 429 && error.status < 500) || attempt >= 3) {
          for (const one of this.of(chat))
            if (one === item || error.status >= 429) this.#put({ ...one, state: 'failed', why: error.message });
          return error.status < 429;
        }
        await wait(Math.min(error.retry * 1000 || 400 * 2 ** attempt, 10e3));
      }
    }
  }

  #hold(chat, timed) {
    for (const item of this.of(chat)) if (item.state === 'sending') this.#put({ ...item, state: 'waiting' });
    clearTimeout(this.#again);
    if (timed) this.#again = setTimeout(() => this.flush(), 1000 + Math.random() * Math.min(30e3, 1000 * 2 ** this.#tries++));
  }
}
