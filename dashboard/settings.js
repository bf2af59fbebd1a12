// @ts-check
// The settings dialog: tabs, each made anew when it is opened.
import { accountTab } from './accountTab.js';
import { connectionsTab } from './connectionsTab.js';
import { asked } from './dialogs.js';
import { $, arrowKeys, el, fill, selectTab } from './dom.js';
import { hoursEditor } from './hoursEditor.js';
import { t } from './language.js';
import { mailTab } from './mailTab.js';
import { phone } from './screen.js';
import { savedRepliesTab } from './savedRepliesTab.js';
import { settingsForm } from './settingsForm.js';
import { teamTab } from './teamTab.js';
import { websiteTab } from './websiteTab.js';

const hoursTab = () =>
  settingsForm(
    group => !/^(?:Widget|General|Mail|Rating)$/.test(group),
    () => null,
    (group, fields) => group === 'Hours' && hoursEditor(fields),
  );

const TABS = {
  site: [t('Website'), websiteTab],
  // Also every group without a tab of its own, so that each setting is somewhere.
  hours: [t('Hours and data'), hoursTab],
  mail: [t('E-mail'), mailTab],
  replies: [t('Saved replies'), savedRepliesTab],
  team: [t('Team'), teamTab],
  links: [t('Connections'), connectionsTab],
  you: [t('You'), accountTab],
};

export class Settings {
  #dialog = $('#set');
  #panel = el('div.panel', { id: 'set-p', role: 'tabpanel', tabIndex: 0 });
  #shown = 'site';
  /** Whether something on the shown tab has not been saved. */
  edited = () => false;
  #tabs = el(
    'div',
    { role: 'tablist', ariaLabel: t('Settings'), ariaOrientation: 'vertical' },
    Object.entries(TABS).map(([id, [name]]) =>
      el('button', { role: 'tab', id: `set-${id}`, 'aria-controls': 'set-p', onclick: () => this.#turn(id) }, name),
    ),
  );

  constructor() {
    this.#dialog.oncancel = event => this.#close(event);
    $('form', this.#dialog).onsubmit = event => this.#close(event);
    arrowKeys(this.#tabs);
    this.#dialog.append(this.#tabs, this.#panel);
    $('#set-back').onclick = () => this.#back();
  }

  /** Without a tab: the one that was open last; on a phone the list of all. */
  open(tab) {
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#list(phone.matches && !tab);
    this.show(tab ?? this.#shown);
    $(`#set-${this.#shown}`).focus();
  }

  /** On a phone, tabs are a list, and one that was chosen takes its place. */
  #list(on) {
    this.#dialog.classList.toggle('all', on);
    const [name] = TABS[this.#shown];
    $('#set-h').textContent = phone.matches && !on ? name : t('Settings');
  }

  async #turn(tab) {
    const listed = this.#dialog.classList.contains('all');
    if (!listed && tab !== this.#shown && !(await this.#leaves())) return $(`#set-${this.#shown}`).focus();
    if (listed || tab !== this.#shown) this.show(tab);
    this.#list(false);
    if (listed) $('#set-back').focus();
  }

  async #back() {
    if (!(await this.#leaves())) return;
    this.edited = () => false;
    fill(this.#panel);
    this.#list(true);
    $(`#set-${this.#shown}`).focus();
  }

  async #close(event) {
    if (!this.edited()) return;
    event.preventDefault();
    if (await this.#leaves()) this.#dialog.close();
  }

  /** Whether what has been changed may be lost. */
  async #leaves() {
    const text = t('What you’ve changed here isn’t saved yet.');
    return !this.edited() || asked({ title: t('Discard changes?'), text, yes: t('Discard'), risk: true });
  }

  async show(tab) {
    this.edited = () => false;
    // Nothing of another tab can be clicked while this one is on its way.
    if (tab !== this.#shown) fill(this.#panel);
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
