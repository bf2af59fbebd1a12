// @ts-check
// What the owner does to a chat.
import { app } from './app.js';
import { asked, confirmed } from './dialogs.js';
import { checkbox } from './dom.js';
import { t } from './language.js';
import { phone } from './screen.js';
import { snoozedUntil } from './snooze.js';
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
      app.toast.show(archived ? t('Archived.') : t('Back in the inbox.'), t('Undo'), () => {
        this.archive(chat, !archived, false);
        if (next && !phone.matches) app.router.go(id);
      });
    if (here) this.#leave(next);
  }

  #leave(next) {
    if (phone.matches) app.router.close();
    else if (next) app.router.go(next);
  }

  /** @param {string | null} time until when; null: no longer */
  snooze(chat, time, undo = true) {
    const { id, snoozed_until: before = null } = chat;
    const next = time && (app.store.beside(id, 1) ?? app.store.beside(id, -1));
    this.#change(id, { snoozed_until: time }, { snoozed_until: before }, async () => app.store.put(await app.api.snooze(id, time)));
    if (!undo) return;
    app.toast.show(time ? `${snoozedUntil(time)}.` : t('Back in the inbox.'), t('Undo'), () => {
      this.snooze({ id, snoozed_until: time }, before, false);
      if (next && !phone.matches) app.router.go(id);
    });
    if (time && id === app.id) this.#leave(next);
  }

  /** @param {{ id: string, name: string } | null} who */
  assign({ id, assignee }, who) {
    this.#change(id, { assignee: who && { id: who.id, name: who.name } }, { assignee }, async () =>
      app.store.put(await app.api.assign(id, who?.id ?? null)),
    );
  }

  tag({ id, tags: before }, tags) {
    this.#change(id, { tags }, { tags: before }, async () => app.store.put(await app.api.tag(id, tags)));
  }

  /** Whoever marks a chat unread leaves it: to look at it is to read it. */
  markUnread(chat) {
    const { id, unread } = chat;
    app.router.close();
    this.#change(id, { unread: true }, { unread }, async () => app.store.put(await app.api.markUnread(id)));
    app.toast.show(t('Marked unread.'), t('Undo'), () => app.router.go(id));
  }

  rename(chat, name) {
    this.#change(chat.id, { user_name: name || null }, { user_name: chat.user_name }, () =>
      app.api.rename(chat.user_id, name || null),
    );
  }

  async block(chat) {
    const blocked = !chat.user_blocked;
    let erase = false;
    let archive = false;
    if (blocked) {
      const more = [
        !chat.archived && checkbox('b-archive', t('Archive the conversation'), false, on => (archive = on)),
        checkbox('b-erase', t('Erase their messages and details for good'), false, on => (erase = on)),
      ];
      const text = t('They can no longer write to you. You can unblock them here at any time.');
      if (!(await asked({ title: t('Block {name}?', { name: nameOf(chat) }), text, yes: t('Block'), more, risk: true }))) return;
    }
    if (erase) return this.#erase(chat, true);
    if (archive) this.archive(chat, true);
    this.#change(chat.id, { user_blocked: blocked }, { user_blocked: !blocked }, () => app.api.block(chat.user_id, blocked));
  }

  async erase(chat) {
    const consequence = t('This permanently deletes this person’s messages and details. It can’t be undone.');
    if (await confirmed(t('Erase {name}?', { name: nameOf(chat) }), consequence, t('Erase for good'))) this.#erase(chat);
  }

  /** Blocked first, so that nothing comes meanwhile. */
  async #erase(chat, block = false) {
    try {
      if (block) await app.api.block(chat.user_id, true);
      await app.api.erase(chat.user_id);
      app.openChat.gone(chat.id);
      app.toast.show(t('Erased.'));
    } catch (error) {
      app.showError(error);
    }
  }
}
