// @ts-check
// The messages as they are drawn.
import { app } from './app.js';
import { deliveryOf } from './delivery.js';
import { arrange, button, el, fill, linked } from './dom.js';
import { t } from './language.js';
import { nameOf, dotted } from './text.js';
import { clock, TIME, FULL, dayName } from './time.js';

/** Dividers, bubbles, and under each run a line: who and when. */
export class MessageLog {
  #box;
  #nodes = new Map();
  #older = el('p.older');
  constructor(box) {
    this.#box = box;
  }

  get line() {
    return this.#nodes.get('new');
  }
  clear() {
    fill(this.#box);
    this.#nodes.clear();
  }
  draw(thread) {
    this.#older.textContent = thread.more ? t('Earlier messages…') : '';
    this.#nodes = new Map(
      this.#pieces(thread).map(([key, draw, ...what]) => [key, draw.call(this, this.#nodes.get(key), ...what)]),
    );
    arrange(this.#box, [this.#older, ...this.#nodes.values()]);
  }

  /** In order: [key, draw, …what]. A node lives as long as its key. */
  #pieces(thread) {
    const out = [];
    const pending = app.outbox.of(thread.id);
    const known = new Set(thread.messages.map(message => message.client_id));
    const all = [
      ...thread.messages,
      ...pending
        .filter(item => !known.has(item.client_id))
        .map(item => ({ ...item, sender_type: 'admin', sender_name: app.me.name })),
    ];
    let before = null;
    let run = '';
    let day = '';
    let told = null;
    let noted = false;
    for (const message of withNotes(all, thread)) {
      const note = 'after_seq' in message;
      const letter = note ? null : thread.letter(message);
      const date = new Date(message.created_at);
      const today = date.toDateString();
      // If the first unread message is not loaded yet, all of these are new.
      const fresh = !note && thread.fresh > 0 && (message.seq === thread.fresh || (!before && thread.fresh < message.seq));
      const refused = before && !note ? thread.refusedBetween(before, message) : [];
      const goesOn =
        before &&
        !note &&
        !noted &&
        !refused.length &&
        today === day &&
        !fresh &&
        before.sender_type === message.sender_type &&
        before.sender_name === message.sender_name &&
        (before.via ?? 'chat') === (message.via ?? 'chat') &&
        told === letter &&
        before.state !== 'failed' &&
        date.getTime() - Date.parse(before.created_at) < 3e5;
      const key = message.client_id ? `${message.sender_type}:${message.client_id}` : message.id;
      if (before && !goesOn && !noted) out.push([`${run}:who`, this.#who, before, told]);
      for (const file of refused) out.push([`refused:${file.at}`, this.#refused, file]);
      if (today !== day) out.push([`day:${today}`, this.#day, date]);
      if (fresh) out.push(['new', this.#new]);
      noted = note;
      if (note) {
        out.push([`note:${message.id}`, this.#note, message]);
        day = today;
        continue;
      }
      if (!goesOn) run = key;
      out.push([key, this.#bubble, message, goesOn, letter]);
      before = message;
      day = today;
      told = letter;
    }
    if (before && !noted) out.push([`${run}:who`, this.#who, before, told]);
    for (const file of thread.refusedBetween(before)) out.push([`refused:${file.at}`, this.#refused, file]);
    return out;
  }

  #day(node, date) {
    node ??= el('p.day');
    const name = dayName(date);
    if (node.textContent !== name) node.textContent = name;
    return node;
  }
  #refused(node, file) {
    return node ?? el('p.day', t('A virus was found in {name} ({reason}). The file was not taken.', file));
  }
  #new(node) {
    return node ?? el('p.day.new', t('New'));
  }

  #note(node, note) {
    return node ?? app.notes.view(note);
  }

  #bubble(node, message, goesOn, letter) {
    const files = message.attachments ?? [];
    const version = app.own.version(message);
    const fresh = node?.dataset.version !== version;
    if (fresh) node = null;
    const words = linked(message.content);
    node ??= el('div.m', el('span.vh', `${this.#name(message)}: `), files.length && message.content ? el('div.t', words) : words,
      files.length > 0 && app.files.view(files));
    const look = (message.state ?? letter?.state) === 'failed' ? ' fail' : message.state ? ' wait' : '';
    if (fresh) app.own.extras(node, message);
    node.dataset.version = version;
    const kind = `${message.deleted_at ? ' gone' : ''}${message.sender_type === 'admin' ? ' me' : ''}${files.length ? ' with' : ''}`;
    node.className = `m${kind}${goesOn ? ' cont' : ''}${look}`;
    if (message.id) node.dataset.id = message.id;
    return node;
  }

  #name(message) {
    if (message.sender_type === 'user') return nameOf(app.chat ?? message);
    if (message.via === 'api') return message.sender_name;
    return message.state ? t('You') : app.team.nameOf(message.sender_name);
  }

  #who(node, message, letter) {
    node ??= el('p.mt');
    const mine = message.sender_type === 'admin';
    const time = clock.now() - Date.parse(message.created_at) < 6e4 ? t('Just now') : TIME.format(new Date(message.created_at));
    const outbound = { sending: t('Sending…'), waiting: t('Sends when you’re back online'), failed: t('Not sent') }[message.state];
    const delivery = /** @type {any} */ (!mine ? {} : outbound ? { text: outbound } : deliveryOf(message, letter));
    const text = dotted(mine && this.#name(message), time, cameBy(message), delivery.text);
    const title = dotted(FULL.format(new Date(message.created_at)), delivery.hint);
    node.className = `mt${mine ? ' me' : ''}${delivery.bad || message.state === 'failed' ? ' bad' : ''}`;
    if (node.dataset.text === text && node.title === title) return node;
    node.dataset.text = text;
    node.title = title;
    if (message.state === 'failed') {
      node.title = message.why;
      fill(
        node,
        t('Not sent'),
        ' · ',
        button('link', t('Retry'), () => app.outbox.retry(message.chat)),
        ' · ',
        button('link', t('Edit'), () => app.actions.takeBack(message)),
      );
    } else if (node.firstChild && !node.firstElementChild) node.firstChild.data = text;
    else node.textContent = text;
    return node;
  }
}

const cameBy = ({ via }) => (via === 'email' ? t('by e-mail') : via === 'api' && t('via API'));

/** Each note stands behind the message that was the newest when it was written. */
function withNotes(messages, { notes, more, first }) {
  const left = notes.filter(note => note.after_seq >= first || !more);
  const out = [];
  for (const message of messages) {
    while (left.length && left[0].after_seq < message.seq) out.push(left.shift());
    out.push(message);
  }
  return [...out, ...left];
}
