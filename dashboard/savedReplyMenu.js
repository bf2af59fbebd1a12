// @ts-check
// The saved replies that a slash at the start of a word offers.
import { app } from './app.js';
import { $, el, fill } from './dom.js';
import { t } from './language.js';
import { oneLine, withoutSlash } from './text.js';

export class SavedReplyMenu {
  #list = $('#menu');
  #field = $('#reply');
  #take;
  #all = /** @type {any[] | null} */ (null);
  #offered = /** @type {any[]} */ ([]);
  #at = 0;
  #from = 0;

  /** @param {(content: string) => void} take a reply was chosen */
  constructor(take) {
    this.#take = take;
    // The field keeps the focus.
    this.#list.onmousedown = event => event.preventDefault();
    this.#list.onclick = event => {
      const item = event.target.closest('li');
      if (item) this.#choose([...this.#list.children].indexOf(item));
    };
    const opener = $('#saved');
    opener.onmousedown = event => event.preventDefault();
    opener.onclick = () => this.#start();
  }

  forget() {
    this.#all = null;
  }

  close() {
    this.#list.hidden = true;
    this.#offered = [];
    this.#field.removeAttribute('aria-activedescendant');
  }

  /** As if a slash had been typed. */
  #start() {
    const field = this.#field;
    const before = field.value.slice(0, field.selectionStart);
    field.focus();
    if (/(?:^|\s)\/\S{0,40}$/.test(before)) return this.offer(field.value);
    field.setRangeText(/\S$/.test(before) ? ' /' : '/', before.length, field.selectionEnd, 'end');
    field.dispatchEvent(new Event('input'));
  }

  async offer(text) {
    const [, word] = /(?:^|\s)\/(\S{0,40})$/.exec(text.slice(0, this.#field.selectionStart)) ?? [];
    if (word == null) return this.close();
    this.#from = this.#field.selectionStart - word.length - 1;
    let all;
    try {
      all = this.#all ??= await app.api.replies();
    } catch {
      return; // The next key asks again.
    }
    if (this.#field.value !== text) return;
    const wanted = word.toLowerCase();
    this.#offered = all.filter(
      ({ shortcut, content }) =>
        withoutSlash(shortcut).toLowerCase().startsWith(wanted) || (wanted.length > 1 && content.toLowerCase().includes(wanted)),
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
      el('b', t('None yet')),
      el('span', t('Add some in Settings → Saved replies')),
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
    if (!reply) return;
    const { value, selectionStart: end } = this.#field;
    const words = filledIn(reply.content);
    this.#take(value.slice(0, this.#from) + words + value.slice(end));
    this.#field.selectionStart = this.#field.selectionEnd = this.#from + words.length;
  }
}

/** {name} is the visitor, {me} who answers. A visitor without a name is greeted without one. */
function filledIn(text) {
  const put = (words, mark, name) => (name ? words.replaceAll(mark, name) : words.replaceAll(` ${mark}`, '').replaceAll(mark, ''));
  return put(put(text, '{name}', app.chat?.user_name), '{me}', app.me.name);
}
