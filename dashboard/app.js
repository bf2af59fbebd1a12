// @ts-check
// Joins all parts: who is signed in, and what is drawn.
import { ApiError, Api } from './api.js';
import { Assign } from './assign.js';
import { Attention } from './attention.js';
import { Away } from './away.js';
import { ChatActions } from './chatActions.js';
import { ChatStore } from './chatStore.js';
import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { Conversation } from './conversation.js';
import { Toast } from './dialogs.js';
import { $ } from './dom.js';
import { EmptyPane } from './emptyPane.js';
import { Files } from './files.js';
import { Inbox } from './inbox.js';
import { t } from './language.js';
import { LeftToDo } from './leftToDo.js';
import { Mail } from './mail.js';
import { Notes } from './notes.js';
import { Notice } from './notice.js';
import { OnDemand } from './onDemand.js';
import { OpenChat } from './openChat.js';
import { Outbox } from './outbox.js';
import { OwnMessages } from './ownMessages.js';
import { Push } from './push.js';
import { Router } from './router.js';
import { Shortcuts } from './shortcuts.js';
import { SignIn } from './signIn.js';
import { Snooze } from './snooze.js';
import { storage } from './storage.js';
import { Tags } from './tags.js';
import { Team } from './team.js';
import { wait } from './time.js';
import { fitViewport } from './viewport.js';
import { VisitorPane } from './visitorPane.js';

class App {
  me = /** @type {any} */ ({});
  api = new Api();
  store = new ChatStore();
  outbox = new Outbox();
  openChat = new OpenChat();
  actions = new ChatActions();
  toast = new Toast();
  signIn = new SignIn();
  inbox = new Inbox();
  conversation = new Conversation();
  assign = new Assign();
  snooze = new Snooze();
  tags = new Tags();
  emptyPane = new EmptyPane();
  leftToDo = new LeftToDo();
  files = new Files();
  composer = new Composer();
  notes = new Notes();
  own = new OwnMessages();
  visitor = new VisitorPane();
  attention = new Attention();
  away = new Away();
  push = new Push();
  notice = new Notice();
  mail = new Mail();
  team = new Team();
  router = new Router();
  connection = new Connection();
  shortcuts = new Shortcuts();
  onDemand = new OnDemand();
  /** These come with the first opening. */
  settings = /** @type {any} */ (null);
  numbers = /** @type {any} */ (null);
  firstDay = /** @type {any} */ (null);
  #signedIn = false;

  constructor() {
    setInterval(() => this.draw(), 20e3);
    fitViewport();
  }

  get signedIn() {
    return this.#signedIn;
  }
  get id() {
    return this.openChat.id;
  }
  get chat() {
    return this.openChat.chat;
  }

  async start() {
    // A link of one's own is followed whoever is signed in.
    if (this.signIn.resetToken || this.signIn.inviteToken) return this.signIn.open();
    for (;;) {
      try {
        return this.enter(await this.api.me());
      } catch (error) {
        if (error.status === 401) return;
        $('#app').hidden = false;
        this.connection.say(t('The server can’t be reached. Trying again…'));
        await wait(1000 + Math.random() * 4000);
      }
    }
  }

  enter(me) {
    this.me = me;
    this.#signedIn = true;
    if (this.signIn.token || this.signIn.inviteToken) history.replaceState(null, '', location.pathname);
    this.signIn.close();
    this.connection.open();
    this.outbox.flush();
    this.push.start();
    if (this.id) {
      this.openChat.resume();
      this.draw();
    } else this.router.follow();
  }

  /** The form covers the page, which stays as it was. */
  signedOut() {
    for (const dialog of document.querySelectorAll('dialog[open]')) /** @type {any} */ (dialog).close();
    const again = this.#signedIn;
    if (!again && !$('#door').hidden) return;
    this.#signedIn = false;
    this.toast.hide();
    this.attention.stop();
    this.connection.close();
    this.signIn.open(again);
  }

  /** A socket was told that the session has ended. If HTTP still works, the socket connects again after a while. */
  async ended(code, again) {
    try {
      await this.api.me();
    } catch {
      return; // A 401 has shown the sign-in.
    }
    await wait(30e3);
    if (code === 4401 && this.#signedIn) again();
  }

  async leave() {
    try {
      await this.api.logout();
    } catch (error) {
      if (error.status !== 401) return app.showError(error);
    }
    for (const key of [...storage.keys('draft:'), ...storage.keys('note:'), ...storage.keys('out:')]) storage.set(key, '');
    location.replace(location.pathname);
  }

  async refreshMe() {
    try {
      this.me = await this.api.me();
      this.draw();
    } catch {
      // Whoever needs it asks again.
    }
  }

  showError(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status !== 401) this.toast.show(error.message);
  }

  draw(own = false) {
    if (!this.#signedIn) return;
    this.inbox.render(own);
    this.conversation.head();
    this.emptyPane.render();
    this.leftToDo.render();
    this.visitor.render();
    this.attention.render();
    this.notice.render();
  }
}

export const app = new App();
