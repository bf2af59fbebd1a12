// @ts-check
// A question, a notice, a line to copy.
import { app } from './app.js';
import { BASE } from './api.js';
import { $, button, el, fill } from './dom.js';
import { t } from './language.js';

// In two parts: as one word it would end the script element of this page.
export const snippet = () => copyable(`<script async src="${location.origin}${BASE}/widget.js"></${'script'}>`);

export function copyable(line) {
  const code = el('code', line);
  const copy = button('btn', t('Copy'), async () => {
    try {
      await navigator.clipboard.writeText(line);
      copy.textContent = t('Copied');
      setTimeout(() => (copy.textContent = t('Copy')), 2000);
    } catch {
      getSelection()?.selectAllChildren(code);
      app.toast.show(t('Selected. Press Ctrl+C or ⌘C to copy.'));
    }
  });
  return el('div.copy', code, copy);
}

/** Whether the owner says yes to what cannot be undone. */
export const confirmed = (title, text, yes) => asked({ title, text, yes, risk: true });

/** The same with fields: whether the owner goes on. */
export function asked({ title, text, yes, more = null, risk = false }) {
  const box = $('#ask-d');
  fill($('.more', box), more);
  $('[value=yes]', box).className = risk ? 'btn risk' : 'btn pri';
  $('h2', box).textContent = title;
  $('p', box).textContent = text;
  $('[value=yes]', box).textContent = yes;
  box.returnValue = '';
  box.showModal();
  return new Promise(done => {
    box.onclose = () => done(box.returnValue === 'yes');
  });
}

/** A short notice at the edge for six seconds, with at most one button. */
export class Toast {
  #box = $('.toast');
  #timer = 0;

  show(text, action, act) {
    clearTimeout(this.#timer);
    const run = () => {
      this.hide();
      act();
    };
    fill(this.#box, el('span', text), action && [' ', button('link', action, run)]);
    // A modal dialog hides what is outside it. The app's own box is hidden with the app, so that nothing covers the sign-in.
    ($('dialog[open]') ?? $('#app')).append(this.#box);
    this.#timer = setTimeout(() => this.#end(), 6000);
  }

  hide() {
    clearTimeout(this.#timer);
    fill(this.#box);
  }

  #end() {
    if (this.#box.matches(':hover,:focus-within')) this.#timer = setTimeout(() => this.#end(), 1000);
    else this.hide();
  }
}
