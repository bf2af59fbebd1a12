// @ts-check
// The list of conversations.
import { app } from './app.js';
import { $, arrange, arrowKeys, el, selectTab } from './dom.js';
import { Filters } from './filters.js';
import { InboxRow } from './inboxRow.js';
import { t } from './language.js';
import { phone, touch } from './screen.js';
import { archiveBySwipe } from './swipe.js';
import { clock, soon } from './time.js';

export class Inbox {
  #rows = new Map();
  #order = '';
  #filters = new Filters();
  #shown = /** @type {any} */ (null);
  #list = $('#rows');
  #end = el('li', { ariaHidden: 'true' });
  #watch = this.#watcher();
  constructor() {
    for (const tab of ['active', 'archived']) $(`#tab-${tab}`).onclick = () => this.show(tab);
    arrowKeys($('.seg'));
    this.#list.onclick = event => {
      const row = event.target.closest('.row');
      if (!row || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      // A click by keyboard has no detail: focus stays, so that j, k and e go on.
      if (event.detail === 0 && row.ariaCurrent) $('#reply').focus();
      else app.router.go(row.dataset.id, { focus: event.detail > 0 && !touch.matches });
    };
    archiveBySwipe(this.#list, id => {
      const chat = app.store.chats.get(id);
      if (chat) app.actions.archive(chat);
    });
    phone.onchange = () => {
      this.#watch.disconnect();
      this.#watch = this.#watcher();
      this.#watch.observe(this.#end);
    };
    this.#watch.observe(this.#end);
  }

  /** On a phone everything above the rows scrolls away with them. */
  get #scroller() {
    return $(phone.matches ? '.list' : '#rows-p');
  }
  #watcher() {
    const near = ([entry]) => {
      if (entry.isIntersecting) this.#more();
    };
    return new IntersectionObserver(near, { root: this.#scroller, rootMargin: '600px' });
  }

  show(tab) {
    if (tab === app.store.tab) return;
    app.store.tab = tab;
    this.render();
  }

  async #more() {
    try {
      if (!(await app.store.more())) return;
    } catch {
      return; // The next scroll asks again.
    }
    setTimeout(() => {
      this.#watch.unobserve(this.#end);
      this.#watch.observe(this.#end);
    }, 50);
  }

  /** own: a change made here, so rows move at once. */
  render(own = false) {
    const { store, outbox } = app;
    const { list } = store;
    this.#filters.render();
    const rows = list.rows;
    for (const tab of ['active', 'archived']) $(`#tab-${tab} span`).textContent = (store.shown[tab].ready && store.count(tab)) || '';
    selectTab($('.seg'), `tab-${store.tab}`, $('#rows-p'));
    // Another tab or search: nothing of what was shown before stays.
    const other = list !== this.#shown;
    this.#shown = list;
    const failed = outbox.failed;
    const minute = Math.floor(clock.now() / 2e4);
    const troubleOf = chat => (failed.has(chat.id) ? t('Not sent') : store.lost.includes(chat.id) && !chat.unread && t('Not e-mailed'));
    for (const chat of rows) this.#row(chat.id).draw(chat, troubleOf(chat), minute);
    this.#arrange(
      rows.map(chat => chat.id),
      own || other || !rows.length,
    );
    if (other) this.#scroller.scrollTop = 0;
    $('#none').hidden = rows.length > 0 || !list.ready;
    $('#none').textContent = this.#nothing();
    $('#app').classList.toggle('empty', store.empty);
  }

  #nothing() {
    const { store } = app;
    const archived = store.tab === 'archived';
    const filtered = this.#filters.nothing(store.filter, archived);
    if (filtered) return filtered;
    if (archived) return t('Nothing archived.');
    return store.empty ? t('No conversations yet.') : t('All done. Nothing is waiting for you.');
  }

  /** The row under the pointer keeps still for a second. */
  #arrange(ids, now = false) {
    const order = ids.join();
    if (order === this.#order) return;
    if (!now && this.#order && matchMedia('(hover: hover)').matches && this.#list.matches(':hover')) {
      return this.#hold();
    }
    this.#order = order;
    const focus = document.activeElement;
    this.#rows = new Map(ids.map(id => [id, this.#row(id)]));
    arrange(this.#list, [...[...this.#rows.values()].map(row => row.item), this.#end]);
    if (focus !== document.activeElement && focus?.isConnected) /** @type {any} */ (focus).focus({ preventScroll: true });
  }

  #hold = soon(() => this.render(true), 1000);

  #row(id) {
    if (!this.#rows.has(id)) this.#rows.set(id, new InboxRow(id));
    return this.#rows.get(id);
  }

  reveal(id, focus) {
    const row = this.#rows.get(id)?.link;
    row?.scrollIntoView({ block: 'nearest' });
    if (focus) row?.focus({ preventScroll: true });
  }
}
