// @ts-check
// Files in both pages: which are chosen and how far each has been sent, how they look in a message, and pictures seen large.
// A page hands over how it makes elements: `make(name, properties, …children)` and `icon(name)`.

/** These the server serves as pictures; everything else is a download. */
const PICTURES = /^image\/(?:png|jpeg|gif|webp|avif)$/;
export const MOST_FILES = 10;
const AT_ONCE = 2;

/** 1.2 MB, as the reader writes it; less than 100 bytes count as 0.1 kB. */
export function sizeText(bytes, locale) {
  const [unit, size] = bytes < 1e6 ? ['kilobyte', Math.max(bytes / 1e3, 0.1)] : ['megabyte', bytes / 1e6];
  const look = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: size < 10 ? 1 : 0 };
  return new Intl.NumberFormat(locale, /** @type {any} */ (look)).format(size);
}

/** PDF, from invoice.pdf. */
function kindOf(name) {
  return (/\.([\p{L}\p{N}]{1,5})$/u.exec(name)?.[1] ?? '').toUpperCase();
}

/** Sends a file. XMLHttpRequest, because fetch does not tell how far it is. Rejects with status, code and message of the answer. */
function send(url, headers, file, name, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open('POST', url + '?name=' + encodeURIComponent(name));
    for (const header of Object.keys(headers)) request.setRequestHeader(header, headers[header]);
    request.upload.onprogress = e => progress(e.loaded / e.total);
    const refuse = () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page, or nothing */ }
      reject({ status: request.status, code: answer?.error, message: answer?.message });
    };
    request.onload = () => {
      try { if (request.status === 201) resolve(JSON.parse(request.responseText)); else refuse(); } catch { refuse(); }
    };
    request.onerror = request.onabort = request.ontimeout = refuse;
    request.send(file);
  });
  return { done, abort: () => request.abort() };
}

/** A small picture of a file, or null. It is drawn, because a page may forbid pictures from elsewhere. */
async function thumbnail(file, make) {
  if (!/^image\//.test(file.type)) return null;
  try {
    const bitmap = await createImageBitmap(file);
    const canvas = make('canvas', { width: 72, height: 72 });
    const side = Math.min(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, 72, 72);
    bitmap.close();
    return canvas;
  } catch { return null; }
}

/**
 * The files chosen for a chat. Each is sent to the server as soon as it is chosen; a message takes those that have arrived. What has not
 * arrived when a message is sent follows by itself, in the order of choice, so that no word waits for a file.
 */
export class Tray {
  items = [];
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.element = page.make('ul', { className: 'tray', hidden: true });
  }

  add(files) {
    for (const file of files) this.#put({ file, name: file.name || 'file', size: file.size, state: 'waiting' });
    this.#run();
    this.#changed();
  }

  /** Puts back what has been sent to the server and is in no message. */
  restore(attachments) {
    for (const attachment of attachments) this.#put({ attachment, name: attachment.name, size: attachment.size, state: 'sent' });
    this.#changed();
  }

  /** Whether there is a file that a message would take along. */
  get ready() { return this.items.some(item => !item.follows && item.state !== 'failed'); }

  /** For a message that is sent now: the attachments that have arrived. What is under way follows later. */
  take() {
    const taken = this.items.filter(item => item.state === 'sent' && !item.follows).slice(0, MOST_FILES);
    for (const item of taken) this.#drop(item);
    for (const item of this.items) if (item.state !== 'failed') item.follows = true;
    this.#follow();
    this.#changed();
    return taken.map(item => item.attachment);
  }

  clear() {
    for (const item of [...this.items]) this.#remove(item);
  }

  #put(item) {
    this.items.push(item);
    this.#row(item);
  }

  #row(item) {
    const { make, icon, word, sizeIn } = this.page;
    item.bar = make('progress', { max: 1, value: 0, 'aria-label': item.name });
    item.note = make('span', { className: 'file-note' }, sizeIn(item.size));
    item.retry = make('button', { type: 'button', className: 'file-retry', hidden: true, onclick: () => this.#again(item) }, word('retry'));
    item.row = make('li', { className: 'file' },
      make('span', { className: 'file-face' }, icon('file')),
      make('span', { className: 'file-text' }, make('span', { className: 'file-name', dir: 'auto' }, item.name), item.note, item.bar),
      item.retry,
      make('button', { type: 'button', className: 'tool', 'aria-label': word('remove') + ': ' + item.name,
        onclick: () => {
          this.#remove(item);
          this.page.focus?.();
        } }, icon('close')));
    this.element.appendChild(item.row);
    if (item.file) thumbnail(item.file, make).then(face => { if (face) item.row.firstChild.replaceChildren(face); });
  }

  #run() {
    for (const item of this.items) {
      if (this.items.filter(one => one.state === 'sending').length >= AT_ONCE) return;
      if (item.state === 'waiting') this.#send(item);
    }
  }

  async #send(item) {
    item.state = 'sending';
    const { page } = this;
    try {
      const file = await (page.prepare?.(item.file) ?? item.file);
      if (page.most && file.size > page.most) throw { code: 'too_large' };
      const { url, headers = {} } = await page.start();
      if (item.state !== 'sending') return;
      item.request = send(url, headers, file, file.name || item.name, part => { item.bar.value = part; });
      item.attachment = await item.request.done;
      item.state = 'sent';
    } catch (error) {
      if (item.state === 'removed') return;
      item.state = 'failed';
      item.error = error;
      page.failed?.(error);
      page.announce(item.name + ': ' + page.complaint(error));
    } finally {
      this.#run();
      this.#follow();
      this.#changed();
    }
  }

  #again(item) {
    item.state = 'waiting';
    this.#run();
    this.#changed();
  }

  #drop(item) {
    this.items = this.items.filter(one => one !== item);
    item.row.remove();
  }

  #remove(item) {
    item.state = 'removed';
    item.request?.abort();
    this.#drop(item);
    this.#run();
    this.#follow();
    this.#changed();
  }

  /** What follows goes in the order of choice; one that has failed holds up none. */
  #follow() {
    for (const item of [...this.items]) {
      if (!item.follows || item.state === 'failed') continue;
      if (item.state !== 'sent') return;
      this.#drop(item);
      this.page.post([item.attachment]);
    }
  }

  #changed() {
    const { word, sizeIn, complaint } = this.page;
    for (const item of this.items) {
      const { state, follows, error } = item;
      item.row.className = 'file ' + state;
      item.bar.hidden = state === 'failed' || state === 'sent';
      if (state === 'sent') item.bar.value = 1;
      item.note.textContent = state === 'failed' ? complaint(error) : follows ? word('follows') : sizeIn(item.size);
      // What the server refuses once it refuses again.
      item.retry.hidden = state !== 'failed' || [400, 413, 415, 422].includes(error.status) || error.code === 'too_large';
    }
    this.element.hidden = !this.items.length;
    this.page.changed();
  }
}

/** What a message shows for its files: pictures at their size before they have loaded, a line for the rest. */
export function attachmentView(files, page) {
  const { make } = page;
  const pictures = files.filter(file => PICTURES.test(file.type));
  const view = make('div', { className: 'files' });
  const grid = make('div', { className: pictures.length > 1 ? 'pictures many' : 'pictures' });
  for (const file of pictures) grid.appendChild(picture(file, pictures, page));
  if (pictures.length) view.appendChild(grid);
  for (const file of files) if (!pictures.includes(file)) view.appendChild(doc(file, page));
  return view;
}

function picture(file, all, page) {
  const { make, resolve } = page;
  const shown = make('img', { alt: file.name, src: resolve(file.url), decoding: 'async', draggable: false });
  if (file.width) {
    shown.width = file.width;
    shown.height = file.height;
    shown.style.aspectRatio = file.width + ' / ' + file.height;
  }
  const open = () => page.viewer.open(all, file, button);
  const button = make('button', { type: 'button', className: 'picture', title: file.name, onclick: open }, shown);
  // The page forbids pictures from elsewhere, or the file is kept no longer.
  shown.onerror = () => { button.replaceWith(doc(file, page)); };
  return button;
}

function doc(file, { make, icon, resolve, sizeIn }) {
  const kind = kindOf(file.name);
  return make('a', { className: 'doc', href: resolve(file.url), target: '_blank', rel: 'noopener noreferrer', download: file.name },
    icon('file'),
    make('span', { className: 'file-text' }, make('span', { className: 'file-name', dir: 'auto' }, file.name),
      // Each by itself: between Arabic words a number would join the letters before it.
      make('span', { className: 'file-note' },
        make('bdi', {}, kind), kind && ' · ', make('bdi', {}, sizeIn(file.size)))));
}

/** Pictures seen large: arrow keys and buttons go through them, Escape or a click beside the picture closes. */
export class Viewer {
  #at = 0; #all = []; #from = null;
  /** @param {any} page */
  constructor(page) {
    const { make, icon, word } = page;
    this.page = page;
    this.image = make('img', { alt: '' });
    this.name = make('p', { className: 'viewer-name', dir: 'auto' });
    this.link = make('a', { className: 'tool', target: '_blank', rel: 'noopener noreferrer', 'aria-label': word('download') },
      icon('download'));
    const tool = (label, shape, act, look = '') =>
      make('button', { type: 'button', className: 'tool ' + look, 'aria-label': word(label), onclick: act }, icon(shape));
    this.back = tool('previous', 'previous', () => this.#step(-1), 'turn back');
    this.next = tool('next', 'next', () => this.#step(1), 'turn forth');
    this.element = make('dialog', { className: 'viewer', onclick: e => { if (e.target === this.element) this.close(); },
      onkeydown: e => this.#key(e), onclose: () => this.#left() },
      make('div', { className: 'viewer-bar' }, this.name, this.link, tool('close', 'close', () => this.close())),
      this.image, this.back, this.next);
  }

  get opened() { return this.element.open; }

  open(files, file, from) {
    this.#all = files;
    this.#from = from;
    this.#show(files.indexOf(file));
    // In the page only while it is open: a link that leads nowhere is not to be found there.
    this.page.root.appendChild(this.element);
    if (this.element.showModal) this.element.showModal(); else this.element.open = true;
  }

  close() {
    if (this.element.close) this.element.close();
    else {
      this.element.open = false;
      this.#left();
    }
  }

  #left() {
    this.image.removeAttribute('src');
    this.element.remove();
    this.#from?.focus();
  }

  #show(at) {
    const file = this.#all[this.#at = at], { resolve } = this.page;
    this.image.alt = this.name.textContent = file.name;
    this.image.src = this.link.href = resolve(file.url);
    this.link.download = file.name;
    this.back.hidden = this.next.hidden = this.#all.length < 2;
  }

  #step(by) { this.#show((this.#at + by + this.#all.length) % this.#all.length); }

  #key(e) {
    const forward = this.page.rightToLeft?.() ? 'ArrowLeft' : 'ArrowRight';
    if (/^Arrow(?:Left|Right)$/.test(e.key) && this.#all.length > 1) this.#step(e.key === forward ? 1 : -1);
    // A modal dialog closes by itself.
    else if (e.key === 'Escape' && !this.element.showModal) this.close();
    else return;
    e.preventDefault();
    e.stopPropagation();
  }
}

/** Files that are pasted or dropped on a place, and the sign that they may be dropped there. */
export function takeFiles(place, field, target, take) {
  const has = e => [...e.dataTransfer?.types ?? []].includes('Files');
  let inside = 0;
  const show = over => { target.hidden = !over; };
  place.ondragenter = e => { if (has(e)) show(++inside > 0); };
  place.ondragleave = e => { if (has(e)) show(--inside > 0); };
  place.ondragover = e => { if (has(e)) e.preventDefault(); };
  place.ondrop = e => {
    if (!has(e)) return;
    e.preventDefault();
    e.stopPropagation();
    show(inside = 0);
    take([...e.dataTransfer.files]);
  };
  field.onpaste = e => {
    const files = [...e.clipboardData?.files ?? []];
    // A text copied from an office program brings its picture along: the text is meant.
    if (!files.length || e.clipboardData.types.includes('text/plain')) return;
    e.preventDefault();
    take(files);
  };
}
