// @ts-check
// How the owner hears of a new message: title, badge, sound, notification.
import { app } from './app.js';
import { $ } from './dom.js';
import { t } from './language.js';
import { permission, seen } from './screen.js';
import { Sound } from './sound.js';
import { storage } from './storage.js';
import { tabIcon } from './tabIcon.js';
import { nameOf, oneLine } from './text.js';
import { wait } from './time.js';

export class Attention {
  static AGAIN = 30e3;
  static TIMES = 10;
  #left = 0;
  #timer = 0;
  #rang = 0;
  #sound = new Sound();
  #shown = -1;
  constructor() {
    for (const gesture of ['pointerdown', 'keydown'])
      addEventListener(
        gesture,
        () => {
          this.#sound.wake();
          this.#heed();
        },
        { capture: true },
      );
    addEventListener('focus', () => this.#heed());
    $('#mute').onclick = () => {
      this.mute(!this.muted);
      app.toast.show(this.muted ? t('Sound is off.') : t('Sound is on.'));
    };
    this.mute(this.muted);
  }

  get muted() {
    return Boolean(storage.get('muted'));
  }
  mute(on) {
    storage.set('muted', on);
    $('#mute').ariaPressed = on;
    $('#mute use').setAttribute('href', on ? '#i-mute' : '#i-bell');
  }

  async ask() {
    try {
      await app.push.turnOn();
      app.toast.show(t('This device will be notified.'));
    } catch (error) {
      app.toast.show(error.message);
    }
    app.notice.render();
  }

  render() {
    const { chat } = app;
    const unread = app.store.unread(seen() && chat?.id);
    const count = unread ? `(${unread}) ` : '';
    document.title = `${count}${chat ? nameOf(chat) : t('Inbox')} – LeanChat`;
    this.#count(unread);
  }

  /** Signed out: no more sound, count or notification. */
  stop() {
    clearTimeout(this.#timer);
    this.#left = 0;
    this.#count(0);
  }

  #count(unread) {
    if (this.#shown === unread) return;
    this.#shown = unread;
    $('link[rel=icon]').href = tabIcon(unread > 0);
    navigator.setAppBadge?.(unread).catch(() => {});
  }

  /** If somebody looks at any tab, all are silent. Else one tab plays the sound, and one shows the notification. */
  async heard(message, chat, email) {
    const id = chat + message.created_at;
    const here = seen() && document.hasFocus();
    const watching = here && chat === app.id;
    if (here) this.#claim(`note:${id}`, () => {});
    if (watching) return this.#claim(`ding:${id}`, () => {});
    await wait(80);
    if (!this.muted && this.#sound.ready) this.#claim(`ding:${id}`, () => this.#sound.ring());
    this.#left = Attention.TIMES;
    this.#rang = Date.now();
    this.#repeat(id);
    // With push on, the service worker tells it.
    if (!here && permission() === 'granted' && !app.push.on)
      this.#claim(`note:${id}`, () =>
        this.#notify(nameOf(app.store.chats.get(chat) ?? { user_email: email }), oneLine(message.content).slice(0, 200), chat),
      );
  }

  /** Repeats until somebody is back in any tab, or has read everything. */
  #repeat(id) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (storage.get('once') || this.#left-- < 1 || Number(storage.get('heed')) > this.#rang || !app.store.unread()) return;
      if (!this.muted) this.#claim(`ding:${id}:${this.#left}`, () => this.#sound.ring());
      this.#repeat(id);
    }, Attention.AGAIN);
  }
  #heed() {
    if (this.#left) {
      this.#left = 0;
      storage.set('heed', Date.now());
    }
  }

  #claim(name, run) {
    if (navigator.locks)
      return void navigator.locks.request(`leanchat:${name}`, { ifAvailable: true }, async lock => {
        if (lock) {
          run();
          await wait(2000);
        }
      });
    if (storage.get('claim') === name) return;
    storage.set('claim', name);
    run();
  }

  test() {
    this.#sound.ring();
  }
  #notify(title, body, tag = '') {
    try {
      const note = new Notification(title, { body, tag, silent: true, icon: tabIcon(false) });
      note.onclick = () => {
        focus();
        if (tag) app.router.go(tag);
        note.close();
      };
    } catch {
      // Android: service workers only.
    }
  }
}
