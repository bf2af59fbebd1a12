// @ts-check
// Who answers, and which words are one's own.
import { app } from './app.js';
import { t } from './language.js';

export class Team {
  #admins = /** @type {any[]} */ ([]);

  async load() {
    this.#admins = await app.api.admins();
    app.draw();
    return this.#admins;
  }

  /** To whom a chat can be given: oneself first, nobody last. */
  get choices() {
    const all = this.#admins.map(({ id, name, email }) => ({ id, name: name || email, label: id === app.me.id ? t('Me') : name || email }));
    return [...all.sort((one, other) => Number(other.id === app.me.id) - Number(one.id === app.me.id)), null];
  }

  /** A message has only a name. It is ours unless a colleague has the same name, or also none. */
  isMe(name) {
    const same = this.#admins.filter(admin => (admin.name || null) === (name || null));
    return same.every(admin => admin.id === app.me.id) && (name || null) === (app.me.name || null);
  }

  /** Who wrote the last message of a row: a colleague without a name is known by address. */
  authorOf({ last_message_admin_id: id, last_message_name: name }) {
    if (!id) return this.nameOf(name);
    return id === app.me.id ? t('You') : name || this.#admins.find(admin => admin.id === id)?.email || t('Team');
  }

  nameOf(name) {
    return this.isMe(name) ? t('You') : name || t('Team');
  }
}
