// @ts-check
// The chat on the screen.
import { ApiError } from './api.js';
import { app } from './app.js';
import { $ } from './dom.js';
import { KeptThreads } from './keptThreads.js';
import { t } from './language.js';
import { seen } from './screen.js';
import { Socket } from './socket.js';
import { storage } from './storage.js';
import { clock, soon } from './time.js';

/** The chat on the screen, its socket, and when a person has seen it. */
export class OpenChat {
  id = null;
  thread = null;
  #kept = new KeptThreads();
  socket = null;
  #stale = false;

  get chat() {
    return this.id ? { ...this.thread?.info, ...app.store.chats.get(this.id), id: this.id } : null;
  }
  wake() {
    this.socket?.wake();
    if (this.#stale) this.fetch();
    this.mark();
  }
  resume() {
    this.socket?.open();
    this.fetch();
  }

  show(id, late = 0) {
    this.socket?.close();
    this.socket = null;
    this.id = id;
    const thread = (this.thread = id ? this.#kept.open(id) : null);
    if (!thread) return;
    thread.fresh = 0;
    setTimeout(() => {
      if (thread === this.thread) this.fetch(true);
    }, late);
  }

  /** Fetching a chat marks it read, so a hidden tab waits. */
  async fetch(opening = false) {
    const { thread, id } = this;
    if (!thread || !id) return;
    this.#stale = !seen();
    if (this.#stale) return;
    const first = !thread.info || opening;
    const { tick } = app.store;
    const { changes } = thread;
    try {
      const chat = await app.api.chat(id);
      if (thread !== this.thread) return;
      // What changed meanwhile is newer than this answer.
      if (thread.changes !== changes) return this.fetch(opening);
      thread.load(chat);
      if (first || chat.unread_from) thread.fresh = chat.unread_from ?? 0;
      thread.read('admin', thread.upTo, clock.iso());
      for (const message of chat.messages) app.outbox.ack(message.client_id);
      app.store.told({ ...thread.info, id }, tick);
      app.store.patch(id, { unread: false, unread_count: 0 });
      if (first) app.conversation.settle();
      else app.conversation.render();
      app.draw();
    } catch (error) {
      if (thread !== this.thread || error.status === 401) return;
      if (error.status === 404) return this.gone(id);
      if (!(error instanceof ApiError)) throw error;
      this.#stale = true;
      if (!thread.info)
        setTimeout(() => {
          if (thread === this.thread && !thread.info) this.fetch(true);
        }, 3000);
    }
    if (thread === this.thread && !this.socket && thread.info) this.#join(thread);
  }

  #join(thread) {
    let again = false;
    const socket = (this.socket = new Socket(() => `/ws/chat?chat_id=${thread.id}&as=admin&after=${thread.upTo}`, {
      up: () => {
        if (again) this.fetch();
        again = true;
      },
      frame: frame => {
        if (thread === this.thread) this.#frame(frame);
      },
      end: code =>
        app.ended(code, () => {
          if (socket === this.socket) socket.open();
        }),
      poll: async () => {
        try {
          if (seen()) {
            thread.load(await app.api.chat(thread.id));
            app.conversation.later();
          }
          return true;
        } catch {
          return false;
        }
      },
    }));
    socket.open();
  }

  #frame(frame) {
    if (frame.type === 'new_message') this.said(frame.message);
    else if (frame.type === 'message_updated') this.update(this.id, thread => thread.add([frame.message]));
    else if (frame.type === 'read') {
      this.thread?.read(frame.by, frame.up_to, frame.read_at);
      app.conversation.later();
      if (app.store.lost.includes(this.id)) app.store.recount();
    } else if (frame.type === 'typing' && (frame.by === 'user' || (frame.name && frame.name !== app.me.name)))
      app.conversation.typing(frame);
    else if (frame.type === 'ready' && frame.limits) app.composer.allow(frame.limits);
  }

  said(message) {
    const thread = this.thread;
    if (!thread) return;
    app.outbox.ack(message.client_id);
    thread.add([message]);
    if (message.sender_type === 'user' || message.sender_name !== app.me.name) app.conversation.typing(null);
    if (message.sender_type === 'user') {
      if (!seen() && !message.read_at && (!thread.fresh || thread.messages.find(one => one.seq === thread.fresh)?.read_at))
        thread.fresh = message.seq;
      this.mark();
    }
    if (thread.gap)
      setTimeout(() => {
        if (thread === this.thread && thread.gap) this.socket?.again();
      }, 1000);
    app.conversation.later();
  }

  mark = soon(() => {
    if (!seen() || !this.id || !this.thread?.messages.some(message => message.sender_type === 'user' && !message.read_at)) return;
    app.store.patch(this.id, { unread: false, unread_count: 0 });
    if (!this.socket?.send({ action: 'mark_read' })) this.fetch();
  }, 60);

  /** @param {(thread: import('./thread.js').Thread) => void} change of a chat that may be kept here */
  update(id, change) {
    this.#kept.change(id, change);
    if (id === this.id) app.conversation.later();
  }

  gone(id) {
    app.store.drop(id);
    this.#kept.drop(id);
    app.outbox.clear(id);
    app.files.forget(id);
    storage.set(`draft:${id}`, '');
    if (id !== this.id) return;
    this.thread = null;
    app.toast.show(t('This conversation no longer exists.'));
    app.router.close();
  }
}
