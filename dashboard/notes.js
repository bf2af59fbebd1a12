// @ts-check
// Internal notes: what the team tells itself about a visitor.
import { app } from './app.js';
import { confirmed } from './dialogs.js';
import { $, button, el, linked } from './dom.js';
import { t } from './language.js';
import { touch } from './screen.js';
import { storage } from './storage.js';
import { dotted, isVisible } from './text.js';
import { FULL, TIME } from './time.js';

export class Notes {
  #form = $('#note');
  #box = $('#note-t');
  constructor() {
    this.#form.onsubmit = event => {
      event.preventDefault();
      this.#add();
    };
    this.#box.oninput = () => storage.set(`note:${app.id}`, this.#box.value);
    this.#box.onkeydown = event => this.#key(event);
    $('#note-x').onclick = () => this.close();
    for (const opener of ['#note-b', '#note-i']) $(opener).onclick = () => this.open();
  }

  /** Each chat has its own draft. */
  show(id) {
    this.#form.hidden = true;
    $('#cp').hidden = false;
    this.#box.value = (id && storage.get(`note:${id}`)) || '';
  }
  open() {
    this.#form.hidden = false;
    $('#cp').hidden = true;
    this.#box.focus();
  }
  close() {
    this.show(app.id);
    app.composer.focus();
  }

  async #add() {
    const id = app.id;
    const content = this.#box.value.trim();
    if (!isVisible(content)) return this.close();
    const submit = $('.pri', this.#form);
    submit.disabled = true;
    try {
      const note = await app.api.addNote(id, content);
      app.openChat.update(id, thread => thread.noted(note));
      storage.set(`note:${id}`, '');
      if (id === app.id) {
        this.close();
        app.conversation.toEnd();
      }
    } catch (error) {
      app.showError(error);
    } finally {
      submit.disabled = false;
    }
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.close();
    } else if (event.key === 'Enter' && !event.shiftKey && !touch.matches) {
      event.preventDefault();
      this.#form.requestSubmit();
    }
  }

  /** @param {any} note as the server tells it */
  view(note) {
    const date = new Date(note.created_at);
    const mine = note.admin_name === (app.me.name || app.me.email);
    return el(
      'div.nt',
      el('div', el('span.vh', t('Note: ')), linked(note.content)),
      el(
        'p',
        { title: FULL.format(date) },
        dotted(t('Note'), mine ? t('You') : note.admin_name, TIME.format(date)),
        ' · ',
        button('link', t('Delete'), () => this.#remove(note), { ariaLabel: t('Delete this note') }),
      ),
    );
  }

  async #remove(note) {
    const chat = app.id;
    if (!(await confirmed(t('Delete this note?'), t('It is gone for your colleagues, too.'), t('Delete')))) return;
    try {
      await app.api.dropNote(note.id);
      app.openChat.update(chat, thread => thread.unnoted(note.id));
    } catch (error) {
      app.showError(error);
    }
  }
}
