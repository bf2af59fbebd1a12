// @ts-check
// What the team keeps about a conversation: who takes care of it, its tags, its rating.
import { app } from './app.js';
import { button, el, fill, icon } from './dom.js';
import { t } from './language.js';
import { snoozedUntil } from './snooze.js';
import { YEAR } from './time.js';

export class CasePane {
  #who = el('select', { id: 'v-who', onchange: () => this.#assign() });
  #tags = el('ul.tags', { ariaLabel: t('Tags') });
  #known = el('datalist', { id: 'v-tags' });
  #tag = el('input', { id: 'v-tag', placeholder: t('Add a tag'), maxLength: 40, autocomplete: 'off', ariaLabel: t('Add a tag') });
  #facts = el('div');
  #key = '';
  node = el(
    'section',
    el('h3', t('Conversation')),
    el('label', { htmlFor: 'v-who' }, t('Assigned to')),
    this.#who,
    el('p.label', t('Tags')),
    this.#tags,
    this.#tag,
    this.#known,
    this.#facts,
  );

  constructor() {
    this.#tag.setAttribute('list', 'v-tags');
    this.#tag.onkeydown = event => {
      if (event.isComposing || event.key !== 'Enter') return;
      event.preventDefault();
      this.#add();
    };
    this.#tag.oninput = event => {
      // Chosen from the list, not typed.
      if (!event.inputType || event.inputType === 'insertReplacementText') this.#add();
    };
    this.#tag.onchange = () => this.#add();
  }

  render(chat) {
    const { choices } = app.team;
    const key = JSON.stringify([chat.id, chat.assignee, chat.tags, chat.rating, chat.snoozed_until, app.tags.all, choices]);
    if (key === this.#key) return;
    this.#key = key;
    if (this.node.dataset.id !== chat.id) this.#tag.value = '';
    this.node.dataset.id = chat.id;
    fill(
      this.#who,
      choices.map(one => el('option', { value: one?.id ?? '', selected: one?.id === chat.assignee?.id }, one?.label ?? t('Nobody'))),
    );
    const tags = chat.tags ?? [];
    fill(
      this.#tags,
      tags.map(tag =>
        el(
          'li',
          tag,
          button('', icon('x'), () => app.actions.tag(chat, tags.filter(one => one !== tag)), {
            ariaLabel: t('Remove the tag {tag}', { tag }),
          }),
        ),
      ),
    );
    this.#tag.hidden = tags.length > 9;
    fill(
      this.#known,
      app.tags.all.filter(tag => !tags.includes(tag)).map(value => el('option', { value })),
    );
    const { rating } = chat;
    fill(
      this.#facts,
      chat.snoozed_until && [el('p.label', t('Snoozed')), el('p', snoozedUntil(chat.snoozed_until))],
      rating && [
        el('p.label', t('Rating')),
        el(
          'p',
          { title: YEAR.format(new Date(rating.created_at)) },
          el(rating.score === 'good' ? 'b.ok' : 'b.bad', rating.score === 'good' ? t('Good') : t('Not good')),
          rating.comment && ` “${rating.comment}”`,
        ),
      ],
    );
  }

  #assign() {
    app.actions.assign(
      app.chat,
      app.team.choices.find(one => (one?.id ?? '') === this.#who.value),
    );
  }

  #add() {
    const tag = this.#tag.value.trim();
    const tags = app.chat?.tags ?? [];
    this.#tag.value = '';
    if (tag && !tags.includes(tag)) app.actions.tag(app.chat, [...tags, tag]);
  }
}
