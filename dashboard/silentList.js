// @ts-check
// The addresses that get no e-mail.
import { arrange, button, el, fill } from './dom.js';
import { t, texts } from './language.js';
import { DATE, YEAR } from './time.js';

const SAYS = texts({
  refused: 'The mail server refused this address on {date}.',
  reported: 'A report said on {date} that e-mail could not be delivered.',
  unsubscribed: 'Unsubscribed on {date}.',
});

export class SilentList {
  #lift;
  #items = new Map();
  #list = el('ul');
  #none = el('p.dim', t('None. When a mail server says that an address doesn’t exist, it is listed here.'));
  #heading = el('h3', { tabIndex: -1 }, t('Addresses we don’t e-mail'));
  node = el('section.silent', { ariaLabel: t('Addresses we don’t e-mail') }, this.#heading, this.#none, this.#list);

  /** @param {(address: string) => void} lift e-mails to this address go out again */
  constructor(lift) {
    this.#lift = lift;
  }

  draw(silent) {
    const focused = this.#list.contains(document.activeElement);
    this.#items = new Map(silent.map(one => [one.address, this.#item(one)]));
    arrange(this.#list, [...this.#items.values()]);
    this.#none.hidden = silent.length > 0;
    // The button that was pressed has gone with its row.
    if (focused && !this.#list.contains(document.activeElement)) this.#heading.focus();
  }

  #item(one) {
    const node = this.#items.get(one.address) ?? el('li');
    const key = JSON.stringify(one);
    if (node.dataset.key === key) return node;
    node.dataset.key = key;
    return fill(
      node,
      el(
        'div',
        el('p', el('b', one.address)),
        el('p.dim.small', t(SAYS[one.reason] ?? one.reason, { date: DATE.format(new Date(one.at)) }), until(one)),
        one.error && el('p.dim.small', `“${one.error}”`),
      ),
      // Only the person can undo unsubscribing.
      one.reason !== 'unsubscribed' &&
        button('btn', t('E-mail again'), () => this.#lift(one.address), {
          ariaLabel: t('E-mail {address} again', { address: one.address }),
        }),
    );
  }
}

const until = ({ until: end }) => (end ? ` ${t('We’ll try again after {date}.', { date: YEAR.format(new Date(end)) })}` : '');
