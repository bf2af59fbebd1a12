// @ts-check
// What the list is narrowed to: words, and whose turn it is.
import { app } from './app.js';
import { $, el, fill } from './dom.js';
import { t } from './language.js';

const CHIPS = {
  unanswered: [t('Unanswered'), t('Their last word has no answer yet')],
  mine: [t('Mine'), t('Assigned to you')],
  free: [t('Unassigned'), t('Assigned to nobody')],
  snoozed: [t('Snoozed'), t('Put off until later')],
};

export class Filters {
  #on = new Set();
  #q = $('#q');
  #tag = $('#tag');
  #tags = '';
  #timer = 0;
  constructor() {
    fill(
      $('.chips'),
      Object.entries(CHIPS).map(([id, [text, title]]) =>
        el('button.chip', { id, title, ariaPressed: 'false', onclick: () => this.#flip(id) }, text),
      ),
    );
    this.#q.oninput = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#find(), this.#q.value ? 200 : 0);
    };
    this.#q.onkeydown = event => this.#key(event);
    this.#tag.onchange = () => this.#find();
  }

  /** The tags to choose from; one that is chosen stays although nobody has it any more. */
  render() {
    const chosen = this.#tag.value;
    const all = [...new Set([...app.tags.all, chosen])].filter(Boolean).sort((one, other) => one.localeCompare(other));
    const key = all.join('\n');
    if (key === this.#tags) return;
    this.#tags = key;
    this.#tag.hidden = !all.length;
    fill(
      this.#tag,
      el('option', { value: '' }, t('All tags')),
      all.map(tag => el('option', { value: tag, selected: tag === chosen }, tag)),
    );
  }

  /** What an empty list says. */
  nothing({ q, unanswered, assignee, snoozed, tag }, archived) {
    if (q && (this.#on.size || tag)) return t('No results for “{q}” with these filters.', { q });
    if (q) return archived ? t('No results for “{q}” in Archived.', { q }) : t('No results for “{q}” in Active.', { q });
    if (this.#on.size + Number(Boolean(tag)) > 1) return t('Nothing fits all of these filters.');
    if (snoozed) return archived ? t('Snoozed conversations are under Active.') : t('Nothing is snoozed.');
    if (unanswered) return t('Nobody is waiting for an answer here.');
    if (assignee === 'me') return t('Nothing is assigned to you here.');
    if (assignee === 'none') return t('Everything here is assigned.');
    if (tag) return t('Nothing here has the tag “{tag}”.', { tag });
  }

  #flip(id) {
    const on = !this.#on.has(id);
    // A conversation cannot be both.
    if (on && (id === 'mine' || id === 'free')) this.#set(id === 'mine' ? 'free' : 'mine', false);
    this.#set(id, on);
    this.#find();
  }
  #set(id, on) {
    if (on) this.#on.add(id);
    else this.#on.delete(id);
    $(`#${id}`).ariaPressed = on;
  }

  async #find() {
    const on = id => this.#on.has(id);
    try {
      await app.store.find({
        q: this.#q.value.trim(),
        unanswered: on('unanswered'),
        snoozed: on('snoozed'),
        assignee: on('mine') ? 'me' : on('free') ? 'none' : '',
        tag: this.#tag.value,
      });
    } catch (error) {
      app.showError(error);
      const { unanswered, snoozed, assignee, tag } = app.store.filter;
      for (const id of Object.keys(CHIPS)) this.#set(id, { unanswered, snoozed, mine: assignee === 'me', free: assignee === 'none' }[id]);
      this.#tag.value = tag;
    }
  }

  /** From the words to what they found. */
  async #key(event) {
    if (event.isComposing || !['ArrowDown', 'Enter'].includes(event.key)) return;
    event.preventDefault();
    clearTimeout(this.#timer);
    await this.#find();
    const first = app.store.list.rows[0]?.id;
    if (!first) return;
    if (event.key === 'Enter') app.router.go(first, { focus: true });
    else {
      app.router.go(first, { late: 180 });
      app.inbox.reveal(first, true);
    }
  }
}
