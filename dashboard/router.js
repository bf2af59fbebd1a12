// @ts-check
// The address says which chat is open. On a phone a chat is a step in the history.
import { app } from './app.js';
import { $ } from './dom.js';
import { phone } from './screen.js';

export class Router {
  constructor() {
    addEventListener('popstate', () => this.follow());
  }

  /** late: how long to wait before fetching it, in ms, because a key that is held down passes many chats. */
  go(id, { focus = false, late = 0 } = {}) {
    if (id && phone.matches && !app.id) history.pushState({ deep: 1 }, '', `#chat=${id}`);
    else history.replaceState({ ...history.state, info: 0 }, '', id ? `#chat=${id}` : location.pathname);
    this.follow(late);
    if (focus) app.composer.focus();
  }

  close() {
    if (phone.matches && history.state?.deep) history.go(history.state.info ? -2 : -1);
    else this.go(null);
  }

  step(by) {
    const id = app.store.beside(app.id, by);
    if (!id) return;
    this.go(id, { late: 180 });
    app.inbox.reveal(id, true);
  }

  /** Shows what the address says. */
  follow(late = 0) {
    const id = /^#chat=([\w-]+)/.exec(location.hash)?.[1] ?? null;
    const before = app.id;
    app.visitor.toggle(Boolean(id && history.state?.info), id === before);
    if (id === before && app.openChat.thread) return;
    app.openChat.show(id, late);
    $('#app').classList.toggle('open', Boolean(id));
    app.conversation.show(app.openChat.thread);
    app.composer.show(id);
    app.notes.show(id);
    app.draw();
    if (!id && before) app.inbox.reveal(before, true);
  }
}
