// @ts-check
// Where a reply is written.
import { app } from './app.js';
import { $ } from './dom.js';
import { LOCALE, t } from './language.js';
import { SavedReplyMenu } from './savedReplyMenu.js';
import { touch } from './screen.js';
import { storage } from './storage.js';
import { isVisible } from './text.js';

export class Composer {
  #box = $('#reply');
  #menu = new SavedReplyMenu(content => this.#take(content));
  #typed = -1e4;
  limit = 5000;
  constructor() {
    $('#cp').onsubmit = event => {
      event.preventDefault();
      this.#send();
    };
    this.#box.oninput = () => {
      this.#saved();
      this.#menu.offer(this.#box.value);
      this.#size();
      if (isVisible(this.#box.value)) this.#typing();
    };
    this.#box.onkeydown = event => this.#key(event);
    this.#box.onblur = () => this.#menu.close();
    addEventListener('storage', event => {
      if (event.key === `${storage.home}draft:${app.id}` && document.activeElement !== this.#box) this.show(app.id);
    });
  }

  show(id) {
    this.#menu.close();
    this.#box.value = (id && storage.get(`draft:${id}`)) || '';
    this.#size();
    app.files?.show(id);
  }
  /** @param {{ content_length: number }} limits */
  allow(limits) {
    this.limit = limits.content_length;
    app.files.allow(limits);
  }
  focus() {
    this.#box.focus();
  }
  forgetReplies() {
    this.#menu.forget();
  }
  fill(text) {
    this.#box.value = [text, this.#box.value].filter(Boolean).join('\n');
    this.#saved();
    this.#size();
    this.focus();
  }

  #saved() {
    storage.set(`draft:${app.id}`, this.#box.value);
  }

  #size() {
    const length = [...this.#box.value].length;
    const over = this.limit && length > this.limit;
    const hint = $('#hint');
    hint.textContent =
      this.limit && length > this.limit * 0.9
        ? t('{n} of {most} characters', { n: length.toLocaleString(LOCALE), most: this.limit.toLocaleString(LOCALE) })
        : t('Enter to send · Shift+Enter for a new line');
    hint.className = over ? 'bad' : length > this.limit * 0.9 ? 'near' : '';
    $('#send').disabled = over;
    if (!CSS.supports('field-sizing', 'content')) {
      this.#box.style.height = 'auto';
      this.#box.style.height = `${this.#box.scrollHeight}px`;
    }
  }

  #typing() {
    if (performance.now() - this.#typed < 2500) return;
    this.#typed = performance.now();
    app.openChat.socket?.send({ action: 'typing' });
  }

  #send() {
    if ($('#send').disabled) return;
    const typed = this.#box.value.trim();
    const content = isVisible(typed) ? typed : '';
    const attachments = app.files.take();
    if (!content && !attachments.length) return;
    this.#box.value = '';
    this.#saved();
    this.#size();
    this.#menu.close();
    this.#typed = -1e4;
    app.actions.reply(content, attachments);
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (this.#menu.key(event)) return;
    if (event.key === 'ArrowUp' && !this.#box.value && app.own.editLast()) return event.preventDefault();
    if (event.key !== 'Enter' || event.shiftKey || touch.matches) return;
    event.preventDefault();
    this.#send();
  }

  #take(content) {
    this.#box.value = content;
    this.#box.dispatchEvent(new Event('input'));
    this.focus();
  }
}
