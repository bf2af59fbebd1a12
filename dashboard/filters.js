// @ts-check
// What the list is narrowed to: words, whose turn it is, who takes care of it, a tag, and when something was said last.
import { app } from './app.js';
import { $, el, fill } from './dom.js';
import { t } from './language.js';
import { clock } from './time.js';

const CHIPS = {
  unanswered: [t('Unanswered'), t('Their last word has no answer yet')],
  mine: [t('Mine'), t('Assigned to you')],
  free: [t('Unassigned'), t('Assigned to nobody')],
  snoozed: [t('Snoozed'), t('Put off until later')],
};

/** Days back, from the first to before the last; today begins at midnight. */
const TIMES = {
  '': [t('Any time')],
  today: [t('Today'), 0],
  week: [t('Last 7 days'), 7],
  month: [t('Last 30 days'), 30],
  older: [t('Older'), null, 30],
};

function midnight(days) {
  const time = new Date(clock.now());
  time.setHours(0, 0, 0, 0);
  time.setDate(time.getDate() - days);
  return time.toISOString();
}

export class Filters {
  #on = new Set();
  #q = $('#q');
  #choices = { who: $('#who-f'), tag: $('#tag'), when: $('#when') };
  #offered = '';
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
    const { who, tag, when } = this.#choices;
    options(
      when,
      Object.entries(TIMES).map(([id, [text]]) => [id, text]),
      '',
    );
    tag.onchange = when.onchange = () => this.#find();
    who.onchange = () => {
      for (const id of ['mine', 'free']) this.#set(id, false);
      this.#find();
    };
  }

  /** Tags and colleagues to choose from; what is chosen stays although nobody has it any more. */
  render() {
    const { who, tag } = this.#choices;
    const tags = [...new Set([...app.tags.all, tag.value])].filter(Boolean).sort((one, other) => one.localeCompare(other));
    const others = app.team.choices.filter(admin => admin && admin.id !== app.me.id);
    const key = JSON.stringify([tags, others]);
    if (key === this.#offered) return;
    this.#offered = key;
    tag.hidden = !tags.length;
    who.hidden = !others.length;
    options(tag, [['', t('All tags')], ...tags.map(name => [name, name])], tag.value);
    options(who, [['', t('Everyone')], ...others.map(({ id, name }) => [id, name])], who.value);
  }

  /** What an empty list says. */
  nothing({ q, unanswered, assignee, snoozed, tag, since, until }, archived) {
    const chosen = Object.values(this.#choices).filter(choice => choice.value).length;
    if (q && (this.#on.size || chosen)) return t('No results for “{q}” with these filters.', { q });
    if (q) return archived ? t('No results for “{q}” in Archived.', { q }) : t('No results for “{q}” in Active.', { q });
    if (this.#on.size + chosen > 1) return t('Nothing fits all of these filters.');
    if (snoozed) return archived ? t('Snoozed conversations are under Active.') : t('Nothing is snoozed.');
    if (unanswered) return t('Nobody is waiting for an answer here.');
    if (assignee === 'me') return t('Nothing is assigned to you here.');
    if (assignee === 'none') return t('Everything here is assigned.');
    if (assignee) return t('Nothing is assigned to them here.');
    if (tag) return t('Nothing here has the tag “{tag}”.', { tag });
    if (since || until) return t('Nothing was said in that time.');
  }

  #flip(id) {
    const on = !this.#on.has(id);
    // A conversation cannot be both.
    if (on && (id === 'mine' || id === 'free')) this.#set(id === 'mine' ? 'free' : 'mine', false);
    if (on && (id === 'mine' || id === 'free')) this.#choices.who.value = '';
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
    const { who, tag, when } = this.#choices;
    const [, from, before] = TIMES[when.value];
    for (const choice of [who, tag, when]) choice.classList.toggle('on', Boolean(choice.value));
    try {
      await app.store.find({
        q: this.#q.value.trim(),
        unanswered: on('unanswered'),
        snoozed: on('snoozed'),
        assignee: on('mine') ? 'me' : on('free') ? 'none' : who.value,
        tag: tag.value,
        since: from == null ? '' : midnight(from),
        until: before ? midnight(before) : '',
      });
    } catch (error) {
      app.showError(error);
      const { unanswered, snoozed, assignee, tag: before } = app.store.filter;
      for (const id of Object.keys(CHIPS)) this.#set(id, { unanswered, snoozed, mine: assignee === 'me', free: assignee === 'none' }[id]);
      tag.value = before;
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

/** @param {string[][]} all value and text of each option */
function options(select, all, chosen) {
  fill(
    select,
    all.map(([value, text]) => el('option', { value, selected: value === chosen }, text)),
  );
}
