// @ts-check
// Settings: webhooks, the addresses that are told what happens.
import { app } from './app.js';
import { confirmed, copyable } from './dialogs.js';
import { $, button, checkbox, el, fill } from './dom.js';
import { form, input } from './form.js';
import { t, texts } from './language.js';
import { dotted } from './text.js';
import { ago, wait, wakesAt } from './time.js';

const EVENTS = [
  'chat.created',
  'message.created',
  'message.updated',
  'chat.archived',
  'chat.restored',
  'user.identified',
  'user.erased',
  'rating.created',
  'letter.failed',
];

const STATES = texts({ waiting: 'Waiting', sent: 'Delivered', failed: 'Given up', dropped: 'Dropped' });

const STOPPED = texts({
  failing: 'It was turned off because it took nothing for three days.',
  gone: 'It was turned off because it answered that it is gone.',
});

/** The part of the tab: what there is, then a form for one more. */
export function webhooksPart(hooks, tokens) {
  return [
    el('h3', t('Webhooks')),
    el('p.dim', t('A webhook is an address of yours that is told what happens in chats, signed after Standard Webhooks.')),
    el('ul', hooks.map(hook => new WebhookView(hook, tokens).node)),
    el('h3', t('New webhook')),
    webhookForm({ id: 'new', events: ['message.created'] }, tokens, t('Add'), async body => {
      const made = await app.api.addWebhook(body);
      await app.settings.show('links');
      tellSecret($('#w-made'), made.secret);
    }),
    el('div', { id: 'w-made', role: 'status' }),
  ];
}

const tellSecret = (box, secret) => fill(box, el('p.ok', t('Copy the secret now. It is shown only once.')), copyable(secret));

/** The fields of a webhook; `save` gets them as the API takes them. */
function webhookForm({ id, url = '', events, include_own: own = false, token_id: token = null }, tokens, submit, save) {
  const boxes = EVENTS.map(name => checkbox(`w-${id}-${name}`, name, events.includes(name), () => {}));
  const bot = el(
    'select',
    { id: `w-${id}-bot` },
    el('option', { value: '' }, t('Nobody’s')),
    tokens.map(each => el('option', { value: each.id, selected: each.id === token }, each.name)),
  );
  const same = checkbox(`w-${id}-own`, t('Tell it what that bot does itself, too'), own, () => {});
  return form(
    submit,
    () =>
      save({
        url: $(`#w-${id}-url`).value.trim(),
        events: EVENTS.filter((_, at) => $('input', boxes[at]).checked),
        token_id: bot.value || null,
        include_own: $('input', same).checked,
      }),
    input(`w-${id}-url`, t('Address'), { type: 'url', value: url, autocomplete: 'off', placeholder: 'https://' }),
    el('fieldset', el('legend', t('What it is told')), boxes),
    tokens.length > 0 && [el('div.field', el('label', { htmlFor: bot.id }, t('It is the bot of this token')), bot), same],
  );
}

/** One webhook in the list. */
class WebhookView {
  #hook;
  #tokens;
  #result = el('p.small', { role: 'status' });
  #told = el('ul.told');
  #head = el('div');
  node = el('li.hook', this.#head);

  constructor(hook, tokens) {
    this.#hook = hook;
    this.#tokens = tokens;
    this.#draw();
  }

  #draw() {
    const { url, enabled, failing_since: failing, stopped } = this.#hook;
    const state = stopped ? STOPPED[stopped] : !enabled ? t('Off') : failing ? t('Failing since {when}', { when: ago(failing) }) : t('On');
    const more = el(
      'details',
      el('summary', t('Details')),
      el(
        'p.end',
        button('btn', t('Test'), () => this.#test()),
        button('btn', t('New secret…'), () => this.#renew()),
        button('btn', enabled ? t('Turn off') : t('Turn on'), () => this.#change({ enabled: !enabled })),
        button('btn.risk', t('Remove'), () => this.#remove(), { ariaLabel: t('Remove {name}', { name: url }) }),
      ),
      this.#result,
      el('h4', t('Last told')),
      this.#told,
      el('details', el('summary', t('Change')), webhookForm(this.#hook, this.#tokens, t('Save'), body => this.#change(body))),
    );
    more.ontoggle = () => more.open && this.#load();
    fill(this.#head, el('p', el('b', { dir: 'ltr' }, url)), el(stopped || failing ? 'p.bad.small' : 'p.dim.small', state), more);
  }

  async #load() {
    const all = await this.#attempt(() => app.api.deliveries(this.#hook.id));
    if (all) fill(this.#told, all.length ? all.map(each => this.#delivery(each)) : el('li.dim', t('Nothing yet.')));
  }

  #delivery({ id, type, created_at: at, state, status, error, next_at: next, body }) {
    const shown = el('pre', { hidden: true, tabIndex: 0 });
    const show = () => {
      shown.hidden = !shown.hidden;
      shown.textContent = JSON.stringify(JSON.parse(body), null, 2);
    };
    const again = () => this.#attempt(() => this.#resend(id));
    return el(
      'li',
      el(
        'div',
        el('p', el('code', type), ' ', el('span.dim.small', dotted(ago(at), STATES[state], status))),
        error && el('p.bad.small', t(error)),
        state === 'waiting' && next && error && el('p.dim.small', t('Next try {when}', { when: wakesAt(next) })),
        shown,
      ),
      button('btn', t('Show'), show, { ariaLabel: t('Show {name}', { name: type }) }),
      button('btn', t('Send again'), again, { ariaLabel: t('Send {name} again', { name: type }) }),
    );
  }

  /** How it went is known a moment later. */
  async #resend(id) {
    await app.api.resend(this.#hook.id, id);
    await this.#load();
    await wait(1500);
    await this.#load();
  }

  async #test() {
    const told = await this.#attempt(() => app.api.testWebhook(this.#hook.id));
    if (told) fill(this.#result, told.ok ? el('span.ok', t('It took the test.')) : el('span.bad', t(told.message)));
  }

  async #renew() {
    const text = t('For a day, what is sent is signed by the old and the new one.');
    if (!(await confirmed(t('Make a new secret?'), text, t('Make a new one')))) return;
    const made = await this.#attempt(() => app.api.renewWebhook(this.#hook.id));
    if (made) tellSecret(this.#result, made.secret);
  }

  async #change(body) {
    await this.#attempt(() => app.api.changeWebhook(this.#hook.id, body).then(() => app.settings.show('links')));
    app.store.recount();
  }

  async #remove() {
    const text = t('It is told nothing more, and what waits for it is dropped.');
    if (!(await confirmed(t('Remove {name}?', { name: this.#hook.url }), text, t('Remove')))) return;
    await this.#attempt(() => app.api.dropWebhook(this.#hook.id).then(() => app.settings.show('links')));
    app.store.recount();
  }

  /** What it comes to; undefined where it failed, which is said. */
  async #attempt(work) {
    fill(this.#result);
    try {
      return await work();
    } catch (error) {
      fill(this.#result, el('span.bad', error.message));
    }
  }
}
