// @ts-check
// Files: chosen for a reply, and in the messages.
import { attachmentView, sizeText, takeFiles, Tray, Viewer } from '../attachments.js';
import { BASE } from './api.js';
import { app } from './app.js';
import { $, el, icon } from './dom.js';
import { LOCALE, t, texts } from './language.js';

const WORDS = texts({
  retry: 'Retry', remove: 'Remove', follows: 'Follows when it is uploaded',
  download: 'Download', previous: 'Previous', next: 'Next', close: 'Close',
});
const ICONS = { close: 'x', previous: 'back' };

/** What is chosen stays with its conversation while the page lives. */
export class Files {
  #trays = new Map();
  #most = 0;
  #page;
  constructor() {
    const sizeIn = bytes => sizeText(bytes, LOCALE);
    this.#page = {
      root: document.body, make: el, sizeIn, icon: name => icon(ICONS[name] ?? name), word: key => WORDS[key],
      resolve: path => new URL(path, location.origin).href,
      viewer: /** @type {any} */ (null),
    };
    this.#page.viewer = new Viewer(this.#page);
    const pick = $('#pick');
    $('#attach').onclick = () => pick.click();
    pick.onchange = () => {
      this.#add([...pick.files]);
      pick.value = '';
    };
    takeFiles($('.talk'), $('#reply'), $('#dropzone'), files => this.#add(files));
  }

  /** @param {{ attachment_bytes?: number, attachment_types?: string[] }} limits */
  allow({ attachment_bytes = 0, attachment_types = [] }) {
    this.#most = attachment_bytes;
    $('#attach').hidden = !attachment_bytes;
    $('#pick').accept = attachment_types.join();
  }

  view(files) {
    return attachmentView(files, this.#page);
  }
  show(id) {
    $('#tray').replaceChildren(...(id && this.#trays.has(id) ? [this.#trays.get(id).element] : []));
  }
  take() {
    return this.#trays.get(app.id)?.take() ?? [];
  }
  restore(id, attachments) {
    if (attachments.length) this.#of(id).restore(attachments);
  }
  forget(id) {
    this.#trays.get(id)?.clear();
    this.#trays.delete(id);
  }

  #add(files) {
    if (!app.id || !this.#most) return;
    this.#of(app.id).add(files);
    app.composer.focus();
  }

  #of(id) {
    let tray = this.#trays.get(id);
    if (!tray) {
      tray = new Tray({
        ...this.#page,
        most: this.#most,
        start: () => ({ url: `${BASE}/admin/chats/${id}/attachments` }),
        changed: () => {},
        announce: text => app.toast.show(text),
        focus: () => app.composer.focus(),
        post: attachments => app.outbox.add(id, '', attachments),
        failed: ({ status }) => {
          if (status === 401) app.signedOut();
        },
        complaint: ({ code, message }) =>
          code === 'too_large'
            ? t('Larger than {size}', { size: this.#page.sizeIn(this.#most) })
            : message
              ? t(message)
              : t('Not uploaded'),
      });
      this.#trays.set(id, tray);
    }
    if (id === app.id) $('#tray').replaceChildren(tray.element);
    return tray;
  }
}
