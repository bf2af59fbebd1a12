// @ts-check
// The saved replies that a slash at the start of a reply offers.
import { app } from './app.js';
import { $, el, fill } from './dom.js';
import { oneLine, withoutSlash } from './text.js';

export class SavedReplyMenu {
  #list = $('#menu');
  #field = $('#reply');
  #take;
  #all = /** @type {any[] | null} */ (null);
  #offered = /** @type {any[]} */ ([]);
  #at = 0;

  /** @param {(content: string) => void} take a reply was chosen */
  constructor(take) {
    this.#take = take;
    // The field keeps the focus.
    this.#list.onmousedown = event => event.preventDefault();
    this.#list.onclick = event => {
      const item = event.target.closest('li');
      if (item) this.#choose([...this.#list.children].indexOf(item));
    };
  }

  forget() {
    this.#all = null;
  }

  close() {
    this.#list.hidden = true;
    this.#offered = [];
    this.#field.removeAttribute('aria-activedescendant');
  }

  async offer(text) {
    if (!/^\/\S{0,40}$/.test(text)) return this.close();
    let all;
    try {
      all = this.#all ??= await app.api.replies();
    } catch {
      return; // The next key asks again.
    }
    if (this.#field.value !== text) return;
    const word = text.slice(1).toLowerCase();
    this.#offered = all.filter(
      ({ shortcut, content }) =>
        withoutSlash(shortcut).toLowerCase().startsWith(word) || (word.length > 1 && content.toLowerCase().includes(word)),
    );
    if (!this.#offered.length && all.length) return this.close();
    fill(this.#list, all.length ? this.#offered.map(this.#item) : this.#none());
    this.#list.hidden = false;
    if (this.#offered.length) this.#mark(0);
  }

  /** Whether the key was for the menu. */
  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = !event.shiftKey && (event.key === 'Enter' || event.key === 'Tab');
    if (event.key === 'Escape' && !this.#list.hidden) {
      event.stopPropagation();
      this.close();
    } else if (!this.#offered.length || !(step || chosen)) return false;
    else if (step) this.#mark(this.#at + step);
    else this.#choose(this.#at);
    event.preventDefault();
    return true;
  }

  #item = ({ shortcut, content }, index) =>
    el(
      'li',
      { role: 'option', id: `canned-${index}` },
      el('b', `/${withoutSlash(shortcut).toLowerCase()}`),
      el('span', oneLine(content)),
    );

  #none() {
    return el(
      'li',
      { role: 'option', ariaDisabled: 'true' },
      el('b', 'None yet'),
      el('span', 'Add some in Settings → Saved replies'),
    );
  }

  #mark(at) {
    this.#at = (at + this.#offered.length) % this.#offered.length;
    [...this.#list.children].forEach((item, index) => (item.ariaSelected = index === this.#at));
    this.#list.children[this.#at].scrollIntoView({ block: 'nearest' });
    this.#field.setAttribute('aria-activedescendant', `canned-${this.#at}`);
  }

  #choose(at) {
    const reply = this.#offered[at];
    this.close();
    if (reply) this.#take(reply.content);
  }
}
