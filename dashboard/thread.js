// @ts-check
// The messages of one chat.
import { seen } from './screen.js';

/** The messages of one chat: a window without gaps, merged by id. */
export class Thread {
  info = null;
  messages = [];
  letters = [];
  notes = [];
  refused = [];
  more = false;
  fresh = 0;
  /** How often anything but a new message changed here: an answer that was asked for before is out of date. */
  changes = 0;
  #ids = new Map();
  constructor(id) {
    this.id = id;
  }

  get first() {
    return this.messages[0]?.seq ?? 0;
  }
  /** The seq up to which nothing is missing: a socket resumes after it. */
  get upTo() {
    let seq = this.first;
    for (const message of this.messages) {
      if (message.seq > seq + 1) break;
      seq = message.seq;
    }
    return seq;
  }
  get gap() {
    return (this.messages.at(-1)?.seq ?? 0) > this.upTo;
  }

  /** If messages are missing before the newest page, the older ones are dropped. */
  load(chat) {
    if (chat.messages.length && chat.messages[0].seq > this.upTo + 1) {
      this.messages = [];
      this.#ids.clear();
    }
    if (!this.messages.length || chat.messages[0]?.seq <= this.first) this.more = chat.more;
    const { messages, letters = [], notes = [], refused_files = [], unread_from, ...info } = chat;
    this.info = info;
    this.letters = letters;
    this.notes = notes;
    this.refused = refused_files;
    this.add(messages);
  }
  older(page) {
    this.more = page.more && page.messages.length > 0;
    this.add(page.messages);
  }

  add(messages) {
    for (const message of messages) {
      const here = this.#ids.get(message.id);
      if (here) Object.assign(here, message, { read_at: message.read_at ?? here.read_at });
      else {
        this.#ids.set(message.id, message);
        this.messages.push(message);
      }
    }
    this.messages.sort((a, b) => a.seq - b.seq);
  }

  read(by, upTo, at) {
    for (const message of this.messages) if (message.sender_type !== by && message.seq <= upTo) message.read_at ??= at;
  }

  noted(note) {
    if (this.info && !this.notes.some(one => one.id === note.id)) this.notes.push(note);
  }
  unnoted(id) {
    this.notes = this.notes.filter(note => note.id !== id);
  }

  /** Files that a virus scanner refused after one message and before the next. */
  refusedBetween(before, next) {
    return this.refused.filter(file => file.at >= (before?.created_at ?? '') && (!next || file.at < next.created_at));
  }

  mailed(letter) {
    this.letters = this.letters.filter(one => one.id !== letter.id);
    if (letter.state !== 'dropped') this.letters.unshift(letter);
  }
  /** The e-mail about a message, unless the message was seen without it. One that waits is about every later reply, too. */
  letter({ seq, sender_type, read_at }) {
    const letter =
      sender_type === 'admin' && this.letters.find(
        one => one.first_seq <= seq && (one.state === 'waiting' || seq <= (one.last_seq ?? one.first_seq)),
      );
    return letter && (!read_at || (letter.state === 'sent' && read_at > letter.settled_at)) ? letter : null;
  }
}
