// @ts-check
// The first day: three cards where the first conversation will stand.
import { app } from './app.js';
import { BASE } from './api.js';
import { copyable, snippet } from './dialogs.js';
import { arrowKeys, button, el, externalLink, fill, icon, selectTab } from './dom.js';
import { form } from './form.js';
import { t } from './language.js';
import { preview } from './preview.js';
import { seen } from './screen.js';
import { SettingField } from './settingField.js';
import { storage } from './storage.js';
import { wait } from './time.js';

const NAMES = [t('Your shop'), t('Your website'), t('Notifications')];
const SHOP = ['AppName', 'Widget:Color', 'Widget:Greeting'];

/** Where to paste the widget's line, by what the website is made with. */
const PLACES = {
  HTML: t('Paste this line into every page, anywhere in the HTML.'),
  WordPress: t('Install the plugin WPCode. Under Code Snippets, Header & Footer, paste the line into Footer and save.'),
  Shopify: t('Online Store, Themes, ⋯, Edit code. Open layout/theme.liquid, paste the line above the closing body tag, and save.'),
  Wix: t('Settings, Custom code, Add custom code. Paste the line, choose All pages and Body – end, and apply.'),
  Squarespace: t('Settings, Developer tools, Code injection. Paste the line into Footer and save.'),
  Webflow: t('Site settings, Custom code. Paste the line into Footer code, save and publish.'),
  'Tag manager': t('New tag, Custom HTML. Paste the line, choose the trigger All pages, and publish.'),
};

export class FirstDay {
  #shown = 0;
  #panel = el('div', { id: 'first-p', role: 'tabpanel', tabIndex: -1 });
  #tabs = el(
    'div.seg',
    { role: 'tablist', ariaLabel: t('First steps') },
    NAMES.map((name, at) =>
      el(
        'button',
        { role: 'tab', id: `first-${at}`, 'aria-controls': 'first-p', onclick: () => this.show(at) },
        el('b', `${at + 1}. `),
        name,
      ),
    ),
  );
  #node = el(
    'div.first',
    el('h2', t('No conversations yet')),
    el('p.dim', t('Three steps to your first one. Each can be skipped.')),
    this.#tabs,
    this.#panel,
  );

  constructor() {
    arrowKeys(this.#tabs);
  }

  /** Shows the card that was open last, inside a box. */
  open(box) {
    fill(box, this.#node);
    this.show(Number(storage.get('first-day')) || 0);
  }

  async show(at) {
    if (at !== this.#shown) fill(this.#panel);
    this.#shown = at;
    storage.set('first-day', String(at));
    selectTab(this.#tabs, `first-${at}`, this.#panel);
    const cards = [() => this.#shop(), () => this.#website(), () => this.#hear()];
    let kids;
    try {
      kids = await cards[at]();
    } catch (error) {
      kids = el('p.bad', { role: 'alert' }, error.message);
    }
    if (at === this.#shown) fill(this.#panel, kids);
  }

  async #next(at) {
    await this.show(at);
    this.#panel.focus({ preventScroll: true });
  }
  #skip = at => button('link', t('Skip'), () => this.#next(at));

  async #shop() {
    const all = await app.api.settings();
    const fields = SHOP.filter(key => all[key]).map(key => new SettingField(key, all[key], 'first'));
    const sheet = form(
      t('Save and continue'),
      async () => {
        const changed = fields.filter(field => field.changed);
        if (changed.length) await app.api.change(Object.fromEntries(changed.map(field => [field.key, field.value])));
        await this.#next(1);
      },
      fields.map(field => field.node),
    );
    sheet.querySelector('.go').prepend(this.#skip(1));
    return el('div.pair', sheet, preview(fields));
  }

  #website() {
    const how = el('p.dim', { role: 'status' });
    const pick = el(
      'select',
      { id: 'first-site', onchange: event => (how.textContent = PLACES[event.target.value]) },
      Object.keys(PLACES).map(name => el('option', { value: name }, name === 'Tag manager' ? t('Tag manager') : name)),
    );
    how.textContent = PLACES.HTML;
    return [
      el('div.field', el('label', { htmlFor: 'first-site' }, t('Made with')), pick),
      snippet(),
      how,
      this.#tick(),
      el('p', externalLink(`${BASE}/`, t('Open the demo shop and write to yourself'))),
      el(
        'p.go',
        this.#skip(2),
        button('btn.pri', t('Continue'), () => this.#next(2)),
      ),
    ];
  }

  /** Changes by itself when the widget has been seen on the site. */
  #tick() {
    const line = el('p.tick', { role: 'status' }, el('i.dot'), t('Waiting for your first visitor…'));
    const watch = async () => {
      while (!app.me.widget_seen_at) {
        await wait(3000);
        if (!line.isConnected) return;
        if (seen() && line.offsetParent) await app.refreshMe();
      }
      line.classList.add('ok');
      fill(line, icon('tick'), t('The widget is on your site. Waiting for the first message.'));
    };
    watch();
    return line;
  }

  #hear() {
    const outcome = el('p.small', { role: 'status' });
    const turnOn = async () => {
      try {
        await app.push.turnOn();
        outcome.className = 'small ok';
        outcome.textContent = t('This device will be notified.');
      } catch (error) {
        outcome.className = 'small bad';
        outcome.textContent = error.message;
      }
    };
    return [
      el('h3', t('On this device')),
      el('p.dim', t('Somebody wrote and nobody has looked: this device tells you, even while the dashboard is closed.')),
      app.push.needsHomeScreen
        ? el('p', t('On an iPhone or iPad: tap Share, then Add to Home Screen, and open LeanChat from there.'))
        : app.push.supported
          ? button('btn', t('Turn on notifications on this device'), turnOn)
          : el('p.dim', t('This browser can’t show notifications while the dashboard is closed. Open this page on your phone, too:')),
      !app.push.supported && copyable(location.origin + location.pathname),
      outcome,
      el('h3', t('By e-mail')),
      app.me.mail_ready
        ? el('p.tick.ok', icon('tick'), t('E-mail is set up.'))
        : [
            el('p.dim', t('Replies reach visitors who have left, and you hear about missed messages.')),
            button('btn', t('Set up e-mail'), () => app.settings.open('mail')),
          ],
      el(
        'p.go',
        button('btn.pri', t('Done'), () => this.#next(1)),
      ),
    ];
  }
}
