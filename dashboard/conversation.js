// @ts-check
// The middle pane.
import { app } from './app.js';
import { $, el, externalLink, fill } from './dom.js';
import { plural, t } from './language.js';
import { Menu } from './menu.js';
import { MessageLog } from './messageLog.js';
import { snoozedUntil } from './snooze.js';
import { nameOf, webAddress } from './text.js';
import { ago, clock, soon } from './time.js';

export class Conversation {
  #log = $('#log');
  #draw;
  #thread = null;
  #loading = false;
  #typing = 0;
  #end = true;
  #last = '';
  #facts = '';
  constructor() {
    this.#draw = new MessageLog(this.#log);
    this.#log.onscroll = () => {
      this.#end = this.#gap < 100;
      if (this.#end) $('#pill').hidden = true;
      if (this.#log.scrollTop < 300) this.#page();
    };
    $('#pill').onclick = () => {
      this.toEnd();
      this.#log.focus({ preventScroll: true });
    };
    $('#back').onclick = () => app.router.close();
    new Menu($('#more'), $('#more-m'));
    $('#mark').onclick = () => app.actions.markUnread(app.chat);
    $('#arch').onclick = () => app.actions.archive(app.chat);
    new ResizeObserver(() => {
      if (this.#end) this.toEnd();
    }).observe(this.#log);
  }

  get #gap() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight;
  }
  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** Older messages are added while the log is busy, so that screen readers do not read them out. */
  show(thread) {
    this.#thread = thread;
    this.#log.ariaBusy = 'true';
    this.#draw.clear();
    this.#end = true;
    this.#last = '';
    this.typing(null);
    $('#pill').hidden = true;
    app.emptyPane.render();
    if (thread) {
      this.head();
      this.render();
      this.toEnd();
    }
  }

  settle() {
    this.render();
    const { line } = this.#draw;
    // If the first unread message is not loaded yet, do not scroll to the top: that would load page after page.
    const there = line && this.#thread.fresh >= this.#thread.first;
    if (there && line.offsetTop < this.#log.scrollHeight - this.#log.clientHeight) {
      this.#log.scrollTop = line.offsetTop - 60;
      $('#pill').hidden = false;
    } else this.toEnd();
    setTimeout(() => {
      this.#log.ariaBusy = 'false';
    }, 100);
  }

  head() {
    const chat = app.chat;
    if (!chat) return;
    const name = nameOf(chat);
    const page = webAddress(chat.page_url);
    $('#who').textContent = name;
    this.#log.ariaLabel = t('Conversation with {name}', { name });
    $('#reply').ariaLabel = t('Reply to {name}', { name });
    const others = (chat.viewers ?? []).filter(admin => admin.id !== app.me.id).map(admin => admin.name);
    fill(
      $('#where'),
      others[0] &&
        el('b', plural(others.length, '{names} has this open too|{names} have this open too', { names: others.join(', ') }), ' · '),
      chat.snoozed_until && `${snoozedUntil(chat.snoozed_until)} · `,
      chat.user_blocked
        ? t('Blocked')
        : chat.user_online
          ? t('Online')
          : chat.last_message_at
            ? t('Last message {when}', { when: ago(chat.last_message_at) })
            : t('Offline'),
      chat.user_online &&
        chat.page_url && [' · ', t('viewing '), page ? externalLink(page.href, page.pathname + page.search) : chat.page_url],
    );
    $('#arch span').textContent = chat.archived ? t('Restore') : t('Archive');
    app.assign.head(chat);
    // What the lines under the replies speak of, and the minutes that they count.
    const { user_email, user_online, user_blocked, archived } = chat;
    const silenced = app.mail.silenced(user_email)?.reason;
    const facts = [user_email, user_online, user_blocked, archived, silenced, app.me.mail_ready, Math.floor(clock.now() / 2e4)].join();
    if (facts !== this.#facts) this.later();
    this.#facts = facts;
  }

  later = soon(() => this.render());

  render() {
    const thread = this.#thread;
    if (!thread) return;
    const stay = this.#end;
    const last = thread.messages.at(-1)?.id ?? '';
    const came = this.#last && last !== this.#last;
    this.#last = last;
    this.#draw.draw(thread);
    if (stay) this.toEnd();
    else if (came) $('#pill').hidden = false;
  }

  typing(frame) {
    clearTimeout(this.#typing);
    $('#typing').hidden = !frame;
    if (!frame) return;
    $('#typing').textContent = t('{name} is typing…', {
      name: frame.name || (frame.by === 'user' ? nameOf(app.chat) : t('A colleague')),
    });
    this.#typing = setTimeout(() => this.typing(null), 5000);
  }

  async #page() {
    const thread = this.#thread;
    if (!thread?.more || this.#loading || !thread.first) return;
    this.#loading = true;
    try {
      const page = await app.api.chat(thread.id, thread.first);
      if (thread !== this.#thread) return;
      this.#log.ariaBusy = 'true';
      const rest = this.#log.scrollHeight - this.#log.scrollTop;
      thread.older(page);
      this.#end = false;
      this.render();
      this.#log.scrollTop = this.#log.scrollHeight - rest;
      setTimeout(() => {
        this.#log.ariaBusy = 'false';
      }, 100);
    } catch {
      // The next scroll asks again.
    } finally {
      this.#loading = false;
    }
    if (this.#log.scrollTop < 300 && thread === this.#thread && thread.more) this.#page();
  }
}
