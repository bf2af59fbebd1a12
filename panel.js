// @ts-check
// What only an open panel of the widget needs: links in texts, and files. It is loaded with the first opening, not with the page.
import { linkPieces } from './links.js';
import { attachmentView, sizeText, takeFiles, Tray, Viewer } from './attachments.js';

/** @type {any} */
const given = /*<settings>*/{}/*</settings>*/;

/** @type {any} */
const panelWords = /*<words>*/{
  "attach": "Attach files",
  "drop": "Drop files here",
  "remove": "Remove",
  "follows": "Follows when it is uploaded",
  "too_large": "Larger than {n}",
  "unsupported": "This kind of file is not accepted",
  "empty": "This file is empty",
  "enough": "No more files can be sent today",
  "not_uploaded": "Not uploaded",
  "download": "Download",
  "previous": "Previous",
  "next": "Next",
  "rate": "How was this conversation?",
  "good": "Good",
  "bad": "Bad",
  "comment": "What should we know? (optional)",
  "thanks": "Thank you for telling us.",
  "before": "How can we reach you if we miss each other?",
  "name": "Your name",
  "start": "Start the chat"
}/*</words>*/;

const PANEL_STYLES = `
.offer{display:flex;align-items:center;margin:0 24px 8px;margin-inline-end:12px;font-size:13px;color:var(--ink2)}
.ask,.address{flex:1;min-width:0;min-height:var(--size)}
.ask{justify-items:start;text-align:start;color:var(--link)}
.address{padding:0 8px;border-radius:8px;outline:1px solid var(--control)}
.attach{flex:none}
.pick,.viewer:not([open]){display:none}
.drop{position:absolute;inset:8px;z-index:2;display:grid;place-items:center;border:2px dashed var(--link);border-radius:12px;
  background:var(--surface);color:var(--link);font-size:16px;font-weight:650;opacity:.96;pointer-events:none}
.tray{margin:0 12px 6px;padding:6px 0 0;border-top:1px solid var(--line);max-height:40%;overflow:auto;list-style:none}
.file{display:flex;align-items:center;gap:8px;padding:4px 0;font-size:13px}
.file-face{flex:none;width:36px;height:36px;display:grid;place-items:center;overflow:hidden;border-radius:8px;background:var(--sunken);
  color:var(--ink2)}
.file-face canvas{width:100%;height:100%;outline:1px solid #0002;outline-offset:-1px}
.file-text{flex:1;min-width:0;display:grid;justify-items:start}
.file-name{max-width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.file-note{font-size:12px;color:var(--ink2)}
.failed>.file-text .file-note,.file-retry{color:var(--err)}
.file-retry{min-height:var(--size);padding:0 8px;font-weight:650}
progress{appearance:none;width:100%;height:4px;margin-top:3px;border:0;border-radius:2px;background:var(--sunken);overflow:hidden}
progress::-webkit-progress-bar{background:var(--sunken)}
progress::-webkit-progress-value{background:var(--link)}
progress::-moz-progress-bar{background:var(--link)}
.files{display:grid;gap:4px;justify-items:start;max-width:85%;margin-top:3px}
.me .files{justify-items:end}
.pictures{display:grid;gap:4px;max-width:100%}
.pictures.many{grid-template-columns:repeat(2,minmax(0,132px))}
.picture{min-width:44px;min-height:44px;border-radius:14px;overflow:hidden;background:var(--sunken)}
.picture{position:relative}
.picture::after{content:'';position:absolute;inset:0;border-radius:inherit;box-shadow:inset 0 0 0 1px #8884;pointer-events:none}
.picture img{display:block;max-width:100%;width:auto;height:auto;max-height:260px;object-fit:cover}
.many img{width:100%;height:132px;aspect-ratio:auto!important}
.many>:last-child:nth-child(odd){grid-column:span 2}
.doc{display:flex;align-items:center;gap:10px;max-width:100%;padding-block:9px;padding-inline:10px 14px;
  border-radius:14px;background:var(--them);
  color:var(--ink);text-decoration:none}
.me .doc{background:var(--me)}
.doc:hover .file-name{text-decoration:underline}
.doc svg{flex:none;color:var(--ink2)}
.sending .files{opacity:.62}
.viewer{position:fixed;inset:0;width:100%;height:100%;max-width:none;max-height:none;margin:0;padding:0;border:0;display:grid;
  place-items:center;background:#000E;color:#FFF;touch-action:pinch-zoom;overscroll-behavior:contain}
.viewer img{max-width:100vw;max-height:calc(100vh - 104px);object-fit:contain}
.viewer .tool{width:44px;height:44px;color:#FFF;display:grid;place-items:center}
.viewer .tool:hover{background:#FFF3}
.viewer :focus-visible{outline-color:#FFF}
.viewer-bar{position:absolute;top:0;inset-inline:0;display:flex;align-items:center;padding:4px 8px;padding-inline-start:20px}
.viewer-name{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:14px}
.turn{position:absolute;top:calc(50% - 22px);background:#0008}
.home{display:grid;place-items:center;margin-inline-start:-12px}
[dir=rtl] .home svg{transform:scaleX(-1)}
.turn.back{inset-inline-start:8px}
.turn.forth{inset-inline-end:8px}
[dir=rtl] .turn svg{transform:scaleX(-1)}
@media(forced-colors:active){.doc,.picture,.drop{border:1px solid}}
`;

const MORE_STYLES = `
.big{padding:0;background:none!important;font-size:38px;line-height:1.2}
.questions{display:grid;gap:6px;justify-items:end;padding:0 16px 8px}
.questions button{min-height:var(--size);padding:6px 14px;border:1px solid var(--link);border-radius:16px;color:var(--link);font-size:14px;
  text-align:start}
.questions button:hover{background:var(--me)}
.rate{margin:0 12px 8px;padding:12px;border-radius:12px;background:var(--sunken);display:flex;flex-wrap:wrap;
  align-items:center;gap:8px;font-size:14px}
.rate p{flex:1 0 100%}
.rate button{min-height:var(--size);padding:0 14px;border-radius:10px;background:var(--surface);grid-auto-flow:column;gap:6px}
.rate [aria-pressed=true]{outline:2px solid var(--link)}
.rate input,.before input{flex:1;min-width:0;min-height:var(--size);padding:0 10px;border-radius:8px;background:var(--surface);
  outline:1px solid var(--control);font-size:15px}
.before{display:grid;gap:8px;margin:0 16px 16px;font-size:14px}
.before button{min-height:40px;border-radius:10px;background:var(--accent);color:var(--accent-ink);font-weight:650}
`;

const SHAPES = {
  good: 'M7 10v9H4v-9zM7 10l4-7c1.6 0 2.4 1 2.2 2.5L12.5 9H19c1 0 1.7.9 1.5 1.9l-1.3 6.5c-.2.9-1 1.6-2 1.6H7',
  bad: 'M7 14V5H4v9zM7 14l4 7c1.6 0 2.4-1 2.2-2.5L12.5 15H19c1 0 1.7-.9 1.5-1.9l-1.3-6.5c-.2-.9-1-1.6-2-1.6H7',
  attach: 'm20 11-8.5 8.5a5.5 5.5 0 0 1-7.8-7.8L12.4 3a3.7 3.7 0 0 1 5.2 5.2l-8.7 8.7a1.8 1.8 0 0 1-2.6-2.6l8-8',
  file: 'M6 3h8l5 5v13H6zM14 3v5h5',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  previous: 'm15 5-7 7 7 7',
  next: 'm9 5 7 7-7 7',
};

/** Up to three emoji and nothing else. */
const EMOJI_ALONE = /^(?:\p{Extended_Pictographic}(?:[\u{FE0F}\u{1F3FB}-\u{1F3FF}]|\u{200D}\p{Extended_Pictographic})*\s?){1,3}$/u;

/** Larger pictures are drawn smaller before they are sent. What is drawn anew says neither where nor with what it was taken. */
const LONGEST = 2048;
const HEAVIEST = 1e6;

/** @returns {Promise<File>} The picture drawn anew if it is large, else the file as it is. */
async function smaller(file) {
  if (!/^image\/(?:jpeg|png|webp|avif|heic|bmp)$/.test(file.type)) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const longest = Math.max(bitmap.width, bitmap.height), scale = Math.min(1, LONGEST / longest);
    if (scale === 1 && file.size <= HEAVIEST) return file;
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const draw = () => pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blobOf = (type, quality) => new Promise(done => canvas.toBlob(done, type, quality));
    draw();
    // A screenshot stays sharp as PNG, unless it is as heavy as a photo; that gets white where it was clear.
    let blob = file.type === 'image/png' ? await blobOf('image/png') : null;
    if (!blob || blob.size > HEAVIEST) {
      pen.fillStyle = '#FFF';
      pen.fillRect(0, 0, canvas.width, canvas.height);
      draw();
      blob = await blobOf('image/jpeg', .85);
    }
    bitmap.close();
    const name = file.name.replace(/\.[^.]*$/, '') + (blob.type === 'image/png' ? '.png' : '.jpg');
    return new File([blob], name, { type: blob.type });
  } catch { return file; }
}

/** Up to three questions to start with; one that is tapped is sent. */
function startersOf({ make, button, transcript, options, post, render }) {
  const element = make('div', { className: 'questions', hidden: true });
  let shown = '';
  return { element, render() {
    const questions = options().questions ?? [];
    element.hidden = transcript().spoken || !questions.length;
    if (shown === questions.join()) return;
    shown = questions.join();
    element.replaceChildren(...questions.map(text => button('', () => {
      post(text);
      element.hidden = true;
      render();
    }, text)));
  } };
}

/** How the conversation was, while the server asks. */
function ratingOf({ make, button, rating, api, announce }, word, icon) {
  const comment = make('input', {
    className: 'field', maxLength: 1000, hidden: true, placeholder: word('comment'), 'aria-label': word('comment'),
  });
  const say = score => button('', () => send(score), icon(score), word(score));
  const buttons = { good: say('good'), bad: say('bad') };
  const text = make('p', {}, word('rate'));
  const element = make('form', { className: 'rate', hidden: true, onsubmit(e) {
    e.preventDefault();
    send(chosen);
  } }, text, buttons.good, buttons.bad, comment);
  let chosen = null;
  async function send(score) {
    chosen = score;
    try {
      await api('/rating', { score, ...comment.value.trim() && { comment: comment.value.trim() } });
      text.textContent = word('thanks');
      announce(word('thanks'));
    } catch { chosen = null; }
    render();
  }
  function render() {
    const asked = rating();
    element.hidden = !asked;
    chosen ??= asked?.score ?? null;
    comment.hidden = !chosen;
    for (const score of ['good', 'bad']) buttons[score].setAttribute('aria-pressed', String(chosen === score));
    if (!asked) {
      chosen = null;
      comment.value = '';
      text.textContent = word('rate');
    }
  }
  return { element, render };
}

/** Name and address before the first message, where the owner wants that. */
function askerOf({ make, composer, transcript, user, options, identify, render: draw, field }, word) {
  const name = make('input', {
    className: 'field', autocomplete: 'name', maxLength: 100, placeholder: word('name'), 'aria-label': word('name'),
  });
  const mail = make('input', { className: 'field', type: 'email', required: true, autocomplete: 'email', placeholder: word('address'),
    'aria-label': word('address'), oninput: () => mail.setCustomValidity('') });
  const element = make('form', { className: 'before', hidden: true, async onsubmit(e) {
    e.preventDefault();
    try {
      await identify({ email: mail.value, ...name.value.trim() && { name: name.value.trim() } });
      draw();
      field.focus({ preventScroll: true });
    } catch (error) {
      mail.setCustomValidity(word(error.status === 400 ? 'wrong' : 'failed'));
      mail.reportValidity();
    }
  } }, make('p', {}, word('before')), name, mail, make('button', {}, word('start')));
  return { element, render() {
    element.hidden = options().ask !== 'before' || transcript().spoken || !!user()?.email;
    if (!element.hidden) composer.hidden = true;
  } };
}

/** Whoever answers, by initials, once somebody has. */
function showFace({ face, title, transcript, options }) {
  const { list } = transcript();
  let name = '';
  for (let i = list.length; i-- && !name;) if (list[i].sender_type === 'admin') name = list[i].sender_name ?? '';
  const words = (name || options().title || 'Chat').split(/[\s._-]+/).filter(part => /^[\p{L}\p{N}]/u.test(part));
  face.textContent = words.slice(0, 2).map(part => [...part][0]).join('').toUpperCase();
  const shop = options().title || 'Chat';
  title.textContent = name && name !== shop ? name + ' · ' + shop : shop;
}

/** What the widget calls once this has come. */
export function panelOf(widget) {
  const { make, button, fill, lc, panel, field, composer, resolve, locale } = widget;
  // A page may change its language later: what the widget has learned then comes first.
  const word = (key, value = '') => (widget.words()[key] ?? panelWords[key]).replace('{n}', () => value);
  const icon = name => widget.icon(SHAPES[name] ?? widget.CLOSE);
  const sizeIn = bytes => sizeText(bytes, locale());
  const page = { root: lc, make, icon, word, resolve, sizeIn, viewer: null, rightToLeft: () => lc.dir === 'rtl' };
  const linked = text => linkPieces(text).map(piece => piece.href
    ? make('a', { href: piece.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, piece.text)
    : piece.text);

  widget.addStyles(PANEL_STYLES + MORE_STYLES);
  const starters = startersOf(widget), rate = ratingOf(widget, word, icon), asker = askerOf(widget, word);
  for (const part of [starters, rate, asker]) composer.parentNode.insertBefore(part.element, composer);
  const viewer = page.viewer = new Viewer(page);
  // Our own page leads back to the shop.
  const home = /** @type {HTMLAnchorElement | null} */ (document.querySelector('a[data-leanchat-back]'));
  if (home) widget.title.parentNode.parentNode.prepend(
    make('a', { className: 'tool home', href: home.href, title: home.textContent, 'aria-label': home.textContent }, icon('previous')));
  const shown = {
    size: (bubble, content) => { if (EMOJI_ALONE.test(content)) bubble.classList.add('big'); },
    render() {
      showFace(widget);
      for (const part of [starters, rate, asker]) part.render();
    },
    linked, files: files => attachmentView(files, page), viewing: () => viewer.opened, chosen: () => false, take: () => undefined,
  };
  if (!given.attachment_bytes) return shown;

  const tray = new Tray({
    ...page,
    most: given.attachment_bytes,
    prepare: smaller,
    start: widget.upload,
    changed: widget.render,
    announce: widget.announce,
    focus: () => field.focus({ preventScroll: true }),
    post: files => widget.post('', files),
    failed: error => widget.refused(error.status),
    complaint: ({ status, code }) => status === 413 || code === 'too_large' ? word('too_large', sizeIn(given.attachment_bytes))
      : status === 415 ? word('unsupported')
      : status === 422 ? word('empty')
      : status === 429 || status === 507 ? word('enough')
      : word('not_uploaded'),
  });
  const pick = make('input', { type: 'file', className: 'pick', multiple: true, accept: (given.attachment_types ?? []).join(), tabIndex: -1,
    onchange() {
      tray.add([...pick.files]);
      pick.value = '';
    } });
  const target = make('div', { className: 'drop', hidden: true, 'aria-hidden': true }, word('drop'));
  const attach = button('tool attach', () => pick.click(), icon('attach'));
  attach.setAttribute('aria-label', word('attach'));
  attach.title = word('attach');
  composer.insertBefore(attach, composer.lastChild);
  composer.insertBefore(pick, attach);
  composer.parentNode.insertBefore(tray.element, composer);
  panel.appendChild(target);
  takeFiles(panel, field, target, files => {
    tray.add(files);
    field.focus({ preventScroll: true });
  });
  return { ...shown, chosen: () => tray.ready, take: () => tray.take(), clear: () => tray.clear() };
}
