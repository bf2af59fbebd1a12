// @ts-check
// Who takes care of a conversation.
import { app } from './app.js';
import { $, button, el, fill, icon } from './dom.js';
import { t } from './language.js';
import { Menu } from './menu.js';
import { initials } from './text.js';

export class Assign {
  #menu = new Menu($('#asg'), $('#asg-m'), () => this.#fill());
  constructor() {
    $('#asg-i').onclick = () => this.open();
  }
  open() {
    this.#menu.open();
  }

  /** What the button in the head says. */
  head({ assignee }) {
    const name = assignee && (assignee.id === app.me.id ? t('You') : assignee.name);
    const label = name ? t('Assigned to {name}', { name }) : t('Assign');
    if ($('#asg').ariaLabel === label) return;
    $('#asg').ariaLabel = $('#asg').title = label;
    fill($('#asg'), name ? el('span.av', { ariaHidden: 'true' }, initials(assignee.name)) : icon('user'), el('span', name ?? t('Assign')));
  }

  #fill() {
    const chat = app.chat;
    const item = (who, text) =>
      button('', [el('span', text), icon('tick')], () => app.actions.assign(chat, who), {
        role: 'menuitemradio',
        ariaChecked: String((who?.id ?? null) === (chat.assignee?.id ?? null)),
      });
    fill($('#asg-m'), app.team.choices.map(one => item(one, one ? one.label : t('Nobody'))));
  }
}
