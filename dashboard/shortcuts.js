// @ts-check
// Single keys.
import { app } from './app.js';
import { $, el, checkbox } from './dom.js';
import { t } from './language.js';
import { storage } from './storage.js';

export class Shortcuts {
  static LIST = [
    ['J', '↓', t('Next conversation')],
    ['K', '↑', t('Previous conversation')],
    ['R', 'Enter', t('Reply')],
    ['E', '', t('Archive or restore')],
    ['A', '', t('Assign')],
    ['S', '', t('Snooze')],
    ['N', '', t('Write a note for the team')],
    ['U', '', t('Mark unread')],
    ['↑', '', t('In an empty reply: edit your last message')],
    ['/', '', t('Search; in a reply: saved replies')],
    ['1', '2', t('Active, archived')],
    ['G', '', t('Numbers')],
    ['Esc', '', t('Close')],
    ['?', '', t('This help')],
  ];
  #help = $('#help');
  constructor() {
    addEventListener('keydown', event => this.#press(event));
    this.#help.append(
      el(
        'ul',
        Shortcuts.LIST.map(([one, two, what]) => el('li', el('span', what), el('kbd', one), two && el('kbd', two))),
      ),
      checkbox('keys-on', t('Use keyboard shortcuts'), this.on, on => {
        this.on = on;
      }),
    );
    $('#help-b').onclick = () => this.help();
  }

  get on() {
    return !storage.get('no-keys');
  }
  set on(value) {
    storage.set('no-keys', !value);
  }
  help() {
    $('#keys-on').checked = this.on;
    this.#help.showModal();
  }

  #press(event) {
    if (event.isComposing || $('#app').hidden || $('dialog[open]')) return;
    const target = event.target;
    const field = target.matches?.('input:not([type=checkbox]),textarea,select');
    if (event.key === 'Escape') return this.#escape(event, field && target);
    if (field || !this.on || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const down = () => app.router.step(1);
    const up = () => app.router.step(-1);
    const free = !target.matches?.('#log,[role=tab],.inf *');
    const reply = app.id && (() => app.composer.focus());
    const act = {
      j: down,
      k: up,
      ArrowDown: free && down,
      ArrowUp: free && up,
      e: app.id && !event.repeat && (() => app.actions.archive(app.chat)),
      u: app.id && !event.repeat && (() => app.actions.markUnread(app.chat)),
      a: app.id && (() => app.assign.open()),
      s: app.id && (() => app.snooze.open()),
      n: app.id && (() => app.notes.open()),
      r: reply,
      Enter: target.matches?.('body,#log') && reply,
      '/': () => $('#q').select(),
      '?': () => this.help(),
      g: () => app.onDemand.open('numbers'),
      1: () => app.inbox.show('active'),
      2: () => app.inbox.show('archived'),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #escape(event, field) {
    event.preventDefault();
    if (app.visitor.shown) return app.visitor.toggle(false);
    if (field) {
      if (field.id === 'q' && field.value) {
        field.value = '';
        field.dispatchEvent(new Event('input'));
      }
      field.blur();
      if (app.id) app.inbox.reveal(app.id, true);
    } else if (app.id) app.router.close();
  }
}
