// @ts-check
// One's own words: for a while they can be changed or deleted.
import { app } from './app.js';
import { confirmed } from './dialogs.js';
import { button, el, fill, icon } from './dom.js';
import { t } from './language.js';
import { touch } from './screen.js';
import { isVisible } from './text.js';
import { clock } from './time.js';

export class OwnMessages {
  static TIME = 15 * 60e3;
  #editing = '';

  /** Says when a bubble is to be made anew. */
  version(message) {
    return [message.deleted_at, message.edited_at, this.#open(message)].join();
  }

  #open(message) {
    return (
      Boolean(message.id && !message.deleted_at && message.sender_type === 'admin' && message.via !== 'api') &&
      app.team.isMe(message.sender_name) &&
      clock.now() - Date.parse(message.created_at) < OwnMessages.TIME
    );
  }

  /** What a bubble has besides its words. */
  extras(node, message) {
    if (message.deleted_at) return node.append(t('Deleted'));
    if (message.edited_at) node.append(el('small', t(' edited')));
    if (!this.#open(message)) return;
    node.append(
      el(
        'span.tools',
        button('ico', icon('pen'), () => this.#edit(node, message), { ariaLabel: t('Edit this message'), title: t('Edit') }),
        button('ico', icon('bin'), () => this.#delete(message), { ariaLabel: t('Delete this message'), title: t('Delete') }),
      ),
    );
    let timer = 0;
    node.onpointerdown = () => {
      if (touch.matches) timer = setTimeout(() => node.querySelector('.tools button')?.focus({ preventScroll: true }), 450);
    };
    node.onpointerup = node.onpointercancel = node.onpointerleave = () => clearTimeout(timer);
    node.oncontextmenu = event => {
      if (touch.matches) event.preventDefault();
    };
  }

  /** The newest that can still be changed. */
  editLast() {
    const message = app.openChat.thread?.messages.findLast(one => this.#open(one));
    if (message) this.#edit(document.querySelector(`.m[data-id="${message.id}"]`), message);
    return Boolean(message);
  }

  #edit(node, message) {
    if (!node || this.#editing === message.id) return;
    this.#editing = message.id;
    const chat = app.id;
    const box = el('textarea', { value: message.content, ariaLabel: t('Your message'), dir: 'auto', rows: 1 });
    const save = el('button.btn.pri', t('Save'));
    const complaint = el('p.bad.small', { role: 'alert' });
    const done = () => {
      this.#editing = '';
      node.dataset.version = '';
      app.conversation.render();
      app.composer.focus();
    };
    const form = el('form.edit', box, complaint, el('div.end', button('btn', t('Cancel'), done), save));
    form.onsubmit = async event => {
      event.preventDefault();
      const content = box.value.trim();
      if (content === message.content || !isVisible(content)) return done();
      save.disabled = true;
      try {
        this.#changed(chat, await app.api.edit(chat, message.id, content));
        done();
      } catch (error) {
        complaint.textContent = error.message;
        save.disabled = false;
      }
    };
    box.onkeydown = event => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === 'Escape') {
        event.stopPropagation();
        done();
      } else if (event.key === 'Enter' && !event.shiftKey && !touch.matches) {
        event.preventDefault();
        form.requestSubmit();
      }
    };
    fill(node, form);
    box.focus();
    node.scrollIntoView({ block: 'nearest' });
  }

  #changed(chat, message) {
    app.openChat.update(chat, thread => thread.add([message]));
  }

  async #delete(message) {
    const chat = app.id;
    if (!(await confirmed(t('Delete this message?'), t('The visitor no longer sees it. It can’t be undone.'), t('Delete')))) return;
    try {
      this.#changed(chat, await app.api.remove(chat, message.id));
    } catch (error) {
      app.showError(error);
    }
  }
}
