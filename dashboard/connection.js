// @ts-check
// The dashboard's own socket: its frames, what is shown when it is lost, and what is fetched when it is back.
import { Activity } from './activity.js';
import { app } from './app.js';
import { ApiError } from './api.js';
import { $ } from './dom.js';
import { t } from './language.js';
import { seen } from './screen.js';
import { Socket } from './socket.js';

export class Connection {
  #lostTimer = 0;
  #hiddenAt = 0;
  #activity = new Activity(visible => this.#socket.send({ action: 'visible', visible }));
  #socket = new Socket(() => '/ws/admin', {
    up: () => {
      this.#found();
      this.#activity.repeat();
      this.#refresh();
      app.outbox.flush();
    },
    down: () => this.#lost(),
    frame: frame => this.#take(frame),
    end: code => app.ended(code, () => this.#socket.open()),
    poll: () => this.#poll(),
  });

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (seen()) this.#wake();
      else this.#hiddenAt = performance.now();
    });
    document.addEventListener('resume', () => this.#wake());
    for (const event of ['online', 'focus']) addEventListener(event, () => this.#wake());
    addEventListener('offline', () => {
      this.#socket.again();
      app.openChat.socket?.again();
    });
    addEventListener('pagehide', () => this.#shut());
    addEventListener('pageshow', event => {
      if (!event.persisted || !app.signedIn) return;
      this.#socket.open();
      app.openChat.resume();
    });
  }

  open() {
    this.#found();
    this.#socket.open();
    this.#refresh();
  }

  close() {
    this.#shut();
    this.#found();
  }

  say(text) {
    $('#banner').textContent = text;
  }

  #shut() {
    this.#socket.close();
    app.openChat.socket?.close();
  }

  /** A short gap is not shown. */
  #lost() {
    this.#lostTimer ||= setTimeout(() => this.say(t('You’re offline. Messages you send will go out when you’re back.')), 5000);
  }

  #found() {
    clearTimeout(this.#lostTimer);
    this.#lostTimer = 0;
    this.say('');
  }

  async #poll() {
    try {
      app.away.load();
      await app.store.refresh();
      this.#found();
      return true;
    } catch {
      return false;
    }
  }

  /** A message that came while the socket was down is announced, too. */
  async #refresh() {
    const { store } = app;
    const first = !store.lists.active.ready;
    const known = store.newest?.last_message_at ?? '';
    app.mail.load();
    app.away.load();
    app.tags.load();
    app.team.load().catch(() => {}); // The next connection asks again.
    try {
      await store.refresh();
      const chat = store.newest;
      if (first || !(chat?.last_message_at > known)) return;
      app.attention.heard({ created_at: chat.last_message_at, content: chat.last_message_preview }, chat.id, chat.user_email);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 0) this.#lost();
    }
  }

  /** Timers do not run while the device sleeps, so everything is checked now. */
  #wake() {
    if (!app.signedIn) return;
    this.#socket.wake();
    app.openChat.wake();
    app.outbox.flush();
    if (this.#hiddenAt && performance.now() - this.#hiddenAt > 60e3) this.#refresh();
    this.#hiddenAt = 0;
    app.draw();
  }

  #take(frame) {
    const { store, openChat } = app;
    if (frame.type === 'chat_updated') {
      store.put(frame.chat);
      app.tags.met(frame.chat.tags);
      if (!frame.chat.unread) app.push.close(frame.chat.id);
    } else if (frame.type === 'presence') store.patch(frame.chat_id, { user_online: frame.user_online, page_url: frame.page_url });
    else if (frame.type === 'admin_presence') app.away.take(frame);
    else if (frame.type === 'viewing') store.patch(frame.chat_id, { viewers: frame.viewers });
    else if (frame.type === 'chat_deleted') openChat.gone(frame.chat_id);
    else if (frame.type === 'note') openChat.update(frame.chat_id, thread => thread.noted(frame.note));
    else if (frame.type === 'note_deleted') openChat.update(frame.chat_id, thread => thread.unnoted(frame.id));
    else if (frame.type === 'letter') this.#mailed(frame);
    else if (frame.type === 'attachment_refused') openChat.update(frame.chat_id, thread => thread.refused.push(frame.file));
    else if (frame.type === 'mail') app.mail.take(frame);
    else if (frame.type === 'webhook_stopped') store.recount();
    else if (frame.type === 'new_user_message') this.#heard(frame);
  }

  #mailed({ chat_id, letter }) {
    app.openChat.update(chat_id, thread => thread.mailed(letter));
    // Nothing that is counted changes with one that waits.
    if (letter.state === 'sent' || letter.state === 'failed') app.store.recount();
  }

  #heard({ message, chat_id, user_email }) {
    const { openChat } = app;
    app.attention.heard(message, chat_id, user_email);
    if (chat_id === openChat.id && openChat.thread?.info && message.seq === openChat.thread.upTo + 1) openChat.said(message);
  }
}
