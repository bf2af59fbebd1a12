// @ts-check
// The settings dialog: tabs, each made anew when it is opened.
import { accountTab } from './accountTab.js';
import { $, arrowKeys, el, fill, selectTab } from './dom.js';
import { mailTab } from './mailTab.js';
import { savedRepliesTab } from './savedRepliesTab.js';
import { settingsForm } from './settingsForm.js';
import { teamTab } from './teamTab.js';
import { websiteTab } from './websiteTab.js';

const TABS = {
  site: ['Website', websiteTab],
  // Also every group without a tab of its own, so that each setting is somewhere.
  hours: ['Hours and data', () => settingsForm(group => !/^(?:Widget|General|Mail)$/.test(group))],
  mail: ['E-mail', mailTab],
  replies: ['Saved replies', savedRepliesTab],
  team: ['Team', teamTab],
  you: ['You', accountTab],
};

export class Settings {
  #dialog = $('#set');
  #panel = el('div.panel', { id: 'set-p', role: 'tabpanel', tabIndex: 0 });
  #shown = 'site';
  #tabs = el(
    'div',
    { role: 'tablist', ariaLabel: 'Settings', ariaOrientation: 'vertical' },
    Object.entries(TABS).map(([id, [name]]) =>
      el('button', { role: 'tab', id: `set-${id}`, 'aria-controls': 'set-p', onclick: () => this.show(id) }, name),
    ),
  );

  constructor() {
    $('#set-b').onclick = () => this.open();
    arrowKeys(this.#tabs);
    this.#dialog.append(this.#tabs, this.#panel);
  }

  open(tab = this.#shown) {
    if (!this.#dialog.open) this.#dialog.showModal();
    this.show(tab);
    $(`#set-${tab}`).focus();
  }

  async show(tab) {
    this.#shown = tab;
    selectTab(this.#tabs, `set-${tab}`, this.#panel);
    this.#panel.scrollTop = 0;
    const [, make] = TABS[tab];
    let kids;
    try {
      kids = await make();
    } catch (error) {
      kids = el('p.bad', { role: 'alert' }, error.message);
    }
    if (tab === this.#shown) fill(this.#panel, kids);
  }
}
