// @ts-check
// What the owner does to a chat.
import { app } from './app.js';
import { confirmed } from './dialogs.js';
import { phone } from './screen.js';
import { nameOf } from './text.js';

/** What the owner does is shown at once, and taken back if the server refuses. */
export class ChatActions {
  #queue = new Map();

  reply(content, attachments) {
    app.openChat.thread.fresh = 0;
    app.outbox.add(app.openChat.id, content, attachments);
    app.conversation.toEnd();
  }
  takeBack(item) {
    app.outbox.forget(item);
    app.composer.fill(item.content);
    app.files.restore(item.chat, item.attachments ?? []);
  }

  async #change(id, part, back, act) {
    app.store.patch(id, part);
    app.draw(true);
    try {
      await act();
    } catch (error) {
      app.store.patch(id, back);
      app.draw(true);
      app.showError(error);
    }
  }

  archive(chat, archived = !chat.archived, undo = true) {
    const { id } = chat;
    const here = undo && id === app.openChat.id;
    const next = archived && (app.store.beside(id, 1) ?? app.store.beside(id, -1));
    // One after the other: an Undo must not overtake what it undoes.
    const turn = this.#queue.get(id);
    this.#queue.set(
      id,
      this.#change(id, { archived }, { archived: !archived }, async () => {
        await turn;
        app.store.put(await app.api.archive(id, archived));
      }),
    );
    if (undo)
      app.toast.show(archived ? 'Archived.' : 'Back in the inbox.', 'Undo', () => {
        this.archive(chat, !archived, false);
        if (next && !phone.matches) app.router.go(id);
      });
    if (here && phone.matches) app.router.close();
    else if (here && next) app.router.go(next);
  }

  /** Whoever marks a chat unread leaves it: to look at it is to read it. */
  markUnread(chat) {
    const { id, unread } = chat;
    app.router.close();
    this.#change(id, { unread: true }, { unread }, async () => app.store.put(await app.api.markUnread(id)));
    app.toast.show('Marked unread.', 'Undo', () => app.router.go(id));
  }

  rename(chat, name) {
    this.#change(chat.id, { user_name: name || null }, { user_name: chat.user_name }, () =>
      app.api.rename(chat.user_id, name || null),
    );
  }

  async block(chat) {
    const blocked = !chat.user_blocked;
    const consequence = 'They can no longer write to you. You can unblock them here at any time.';
    if (blocked && !(await confirmed(`Block ${nameOf(chat)}?`, consequence, 'Block'))) return;
    this.#change(chat.id, { user_blocked: blocked }, { user_blocked: !blocked }, () => app.api.block(chat.user_id, blocked));
  }

  async erase(chat) {
    const consequence = 'This permanently deletes this person’s messages and details. It can’t be undone.';
    if (!(await confirmed(`Erase ${nameOf(chat)}?`, consequence, 'Erase for good'))) return;
    try {
      await app.api.erase(chat.user_id);
      app.openChat.gone(chat.id);
      app.toast.show('Erased.');
    } catch (error) {
      app.showError(error);
    }
  }
}
