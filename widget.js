// @ts-check
// LeanChat, the visitor's side:
// 1 Settings  2 Words  3 Looks  4 Store  5 Api  6 Line  7 Transcript
// 8 Outbox  9 Bell  10 Log  11 View  12 Chat  13 LeanChat
(() => {
const listen = (target, types, listener, signal) => { for (const type of types.split(' ')) target?.addEventListener(type, listener, { signal }); };
const page = /** @type {any} */ (window), root = document.documentElement;
if (page.LeanChat?.version) return;
const stub = page.LeanChat ??= (...call) => stub.q.push(call);
stub.q ??= [];
stub.version = 1;

// 1 Settings

/** @type {any} */
const served = /*<settings>*/{}/*</settings>*/;
const tag = /** @type {any} */ (document.currentScript ?? document.querySelector('script[src*="widget.js"]'));
const server = (served.origin || new URL('.', tag?.src || location.href).href).replace(/\/+$/, '');
const yes = v => !/^(false|null|undefined)$/.test(v);
const inline = yes(tag?.dataset.inline);
const wishes = {};
let options;
const choose = () => options = {
  zIndex: 2147483000, offsetX: 20, offsetY: 20, ...served, ...tag?.dataset, ...wishes,
};
choose();

// 2 Words

/** @type {any} */
let words = /*<words>*/{language:'en'}/*</words>*/, asked;
const word = (key, value) =>
  (words[key] ?? words[key + '_' + new Intl.PluralRules(words.language).select(value)] ?? words[key + '_other'] ?? key).replace('{n}', () => value);
const family = tag => /^pt-br|^\w*/.exec(tag.toLowerCase())[0];
const local = () => navigator.languages.find(tag => family(tag) === family(words.language)) ?? words.language;
const speak = async () => {
  const wanted = [options.locale, root.lang, ...navigator.languages].filter(tag => tag) + '';
  if (wanted === asked) return;
  asked = wanted;
  if (family(wanted) !== family(words.language)) try {
    words = { ...words, ...await (await fetch(server + '/widget.js?words=' + wanted)).json() };
    view.dress();
  } catch { /* what came will do */ }
};

let ahead = 0;
const now = () => Date.now() + ahead;
const day = t => new Date(t).setHours(12, 0, 0, 0);
const when = (t, parts) => new Date(t).toLocaleString(local(), { hour: 'numeric', minute: '2-digit', ...parts });
const dayName = t => {
  const days = Math.round((day(t) - day(now())) / 864e5);
  return days === 0 || days === -1
    ? new Intl.RelativeTimeFormat(local(), { numeric: 'auto' }).format(days, 'day')
    : new Date(t).toLocaleDateString(local(), { weekday: 'long', day: 'numeric', month: 'long' });
};
const away = () => {
  const opens = 1e3 * options.hours?.find(([, end]) => end * 1e3 > now())?.[0];
  return !(opens > now()) ? word('away') : day(opens) === day(now()) ? word('back', when(opens)) : word('back_on', when(opens, { weekday: 'short' }));
};

// 3 Looks

const CSS = `
:host{all:initial!important;display:contents!important}
.lc{
  --surface:light-dark(#FFF,#1B1A18);--sunken:light-dark(#EFEDE8,#242320);--line:light-dark(#E2DFD8,#33312D);--control:light-dark(#8A857A,#7D786E);
  --ink:light-dark(#1C1B19,#ECEAE5);--ink2:light-dark(#5B574F,#B0ABA1);
  --accent:light-dark(#1F5FBF,#8AB4F8);--accent-ink:light-dark(#FFF,#0B2447);--link:var(--accent);
  --me:light-dark(#E8EFFB,#1D2A40);--them:light-dark(#F0EEE9,#292724);--unread:light-dark(#C2410C,#FF9B6A);
  --ok:light-dark(#1E7B46,#6CCB91);--err:light-dark(#B3261E,#FF8A80);
  --shadow:0 0 0 1px light-dark(#0000,#33312D),0 1px 3px #0002,0 8px 32px #0003;
  position:fixed;z-index:var(--z);color-scheme:light dark;color:var(--ink);
  font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
[data-theme=light]{color-scheme:light}
[data-theme=dark]{color-scheme:dark}
*,::before,::after{box-sizing:border-box}
[hidden]{display:none!important}
button,textarea,input{font:inherit;color:inherit;margin:0;border:0;padding:0;background:none}
button{cursor:pointer;display:grid;place-items:center}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
svg{width:20px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}

.launcher,.panel{position:fixed;inset:auto var(--right,auto) var(--y) var(--left,auto);box-shadow:var(--shadow)}
.launcher{width:56px;height:56px;border-radius:50%;background:var(--accent);color:var(--accent-ink)}
.launcher svg{width:26px}
.badge{position:absolute;top:-3px;inset-inline-end:-3px;min-width:22px;padding:0 6px;border-radius:11px;background:var(--unread);
  color:var(--surface);font-size:12px;font-weight:650;line-height:22px;box-shadow:0 0 0 2px var(--surface)}

.panel{margin-bottom:68px;width:384px;height:min(640px,100vh - 112px);
  display:flex;flex-direction:column;overflow:hidden;background:var(--surface);border-radius:16px}
.head{display:flex;align-items:center;gap:4px;padding:14px 12px 12px;padding-inline-start:20px;border-bottom:1px solid var(--line)}
.head div{flex:1;min-width:0}
.title,.typing{margin:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;color:var(--ink2)}
.title{font-size:16px;line-height:1.3;font-weight:650;color:var(--ink)}
.status{margin:0;font-size:13px;color:var(--ink2)}
[data-status=online]{--dot:var(--ok)}
[data-status=offline],[data-status=stopped]{--dot:var(--err)}
.status::before{content:"";display:inline-block;width:8px;height:8px;margin-inline-end:6px;border-radius:50%;border:2px solid var(--dot,var(--control));background:var(--dot)}
.tool,.send{flex:none;width:36px;height:36px;border-radius:10px;color:var(--ink2)}
.tool:hover{background:var(--sunken);color:var(--ink)}

.log{flex:1;overflow:hidden auto;overscroll-behavior:contain;overflow-anchor:none;padding:16px 20px 8px;display:flex;flex-direction:column;gap:3px}
.log::before{content:"";flex:1}
.log:focus-visible{outline-offset:-3px}
.day{margin:12px 0 10px;font-size:12px;color:var(--ink2);text-align:center}
.day::first-letter{text-transform:uppercase}
.msg{display:flex;flex-direction:column;align-items:start}
.me{align-items:end}
.bubble{max-width:85%;padding:9px 14px;border-radius:16px;background:var(--them);font-size:15px;white-space:pre-wrap;overflow-wrap:anywhere;overflow:clip}
.me .bubble{background:var(--me)}
.sending .bubble{opacity:.62}
.meta{display:none;margin:3px 4px 11px;font-size:12px;color:var(--ink2)}
.end .meta{display:block}
.retry{color:var(--err);font-weight:600;min-height:24px}
a{color:var(--link)}
.typing{padding:0 24px;height:22px;font-size:12px}
.jump{align-self:center;flex:none;height:32px;margin-top:-38px;margin-bottom:6px;padding:0 14px;border-radius:16px;z-index:1;background:var(--surface);
  color:var(--unread);font-size:13px;font-weight:600;box-shadow:var(--shadow)}

.note,.offer{margin:0 24px 8px;font-size:12px;color:var(--ink2);overflow-wrap:anywhere}
.offer{display:flex;align-items:center;min-height:36px;margin-inline-end:12px;font-size:13px}
.offer :first-child{flex:1;min-width:0;text-align:start;justify-items:start}
.ask{color:var(--link);min-height:36px}
.address{height:32px;padding:0 8px;border-radius:8px;outline:1px solid var(--control)}

.composer{display:flex;align-items:end;gap:4px;margin:2px 12px 12px;padding:4px;border-radius:14px;box-shadow:inset 0 0 0 1px var(--control)}
.composer:focus-within{box-shadow:inset 0 0 0 1px var(--link);outline:3px solid var(--me)}
textarea{flex:1;min-width:0;height:36px;max-height:124px;padding:7px 10px;resize:none;font-size:15px}
textarea:focus{outline:0}
textarea:placeholder-shown{direction:inherit}
.field::placeholder{color:var(--ink2);opacity:1}
.send{background:var(--accent);color:var(--accent-ink)}
.send:disabled{background:var(--sunken);color:var(--ink2);cursor:default}
[dir=rtl] .send{transform:scaleX(-1)}

@media(pointer:coarse){.tool,.send{width:44px;height:44px}.retry,.jump,.ask,.address{min-height:44px}textarea{height:44px;padding:10px}}
.full .panel{inset:var(--top,0) 0 auto;margin:auto;width:auto;max-width:720px;height:var(--height,100%);border-radius:0;
  box-shadow:0 0 0 200vmax var(--surface);padding:env(safe-area-inset-top) 0 env(safe-area-inset-bottom)}
.full .panel:not([hidden])+.launcher,.inline .close{display:none}
.full .field{font-size:16px}
@media(forced-colors:active){.panel,.launcher,.bubble,.composer,.jump,.send{border:1px solid}}
@media print{.lc{display:none}}
`;

const inkOn = hex => {
  const [r, g, b] = hex.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3').match(/\w\w/g).map(c => ((parseInt(c, 16) / 255 + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b > .179 ? '#000' : '#FFF';
};

/** @returns {any} */
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
const button = (className, onclick, ...children) => make('button', { type: 'button', className, onclick }, ...children);
const icon = d => {
  const [svg, path] = ['svg', 'path'].map(name => document.createElementNS('http://www.w3.org/2000/svg', name));
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.ariaHidden = 'true';
  path.setAttribute('d', d);
  svg.append(path);
  return svg;
};
const CHAT = 'M7 4h10a4 4 0 0 1 4 4v5a4 4 0 0 1-4 4h-5l-5 4v-4a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z';
const CLOSE = 'm6 6 12 12M18 6 6 18', CHECK = 'm5 12 5 5 9-10', SEND = 'M5 12h14M13 6l6 6-6 6', SPEAKER = 'M4 9v6h4l4 4V5L8 9z', LOUD = 'M16 9q2 3 0 6', MUTE = 'm16 9 5 6m0-6-5 6';
const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };

// 4 Store

const KEY = 'leanchat:', memory = new Map();
const store = {
  get(key) { let v; try { v = localStorage.getItem(KEY + key); } catch { /* */ } return v ?? memory.get(key); },
  set(key, value = '') {
    try {
      if (value) localStorage.setItem(KEY + key, value); else localStorage.removeItem(KEY + key);
      memory.delete(key);
    } catch { memory.set(key, value); }
  },
  keys() { try { return Object.keys(localStorage); } catch { return []; } },
};
const alone = async (name, work) => {
  try { return await navigator.locks.request(KEY + name, work); } catch (e) { if (/Type|Security/.test(e.name)) return work(); throw e; }
};

// 5 Api

const refusal = (code, status = 0, wait = 0) => Object.assign(new Error(code), { code, status, wait });

const api = async (method, path, body, token = chat.token) => {
  const response = await fetch(server + '/support_chat' + path, {
    method, credentials: 'omit', signal: AbortSignal.timeout(15e3), body: body && JSON.stringify(body),
    headers: { ...token && { Authorization: 'Bearer ' + token }, ...body && { 'Content-Type': 'application/json' } },
  });
  const { headers, status } = response, skew = Date.parse(headers.get('Date') ?? '') - Date.now();
  if (Math.abs(skew) > 6e4) ahead = skew;
  const reply = await response.json().catch(() => null);
  if (!response.ok) throw refusal(reply?.error, status, 1e3 * Number(headers.get('Retry-After')) || 0);
  return reply;
};

// 6 Line

class Line {
  state = 'idle'; live = false;
  #socket; #retry; #beat; #deadline; #poll;
  #since = 0; #hint = 0; #firm = 0; #tries = 0; #quick = 0; #wrong = 0;

  connect() {
    if (this.#socket || this.state === 'stopped' || Date.now() < this.#firm) return;
    clearTimeout(this.#retry);
    if (!this.#poll) this.turn('connecting');
    let socket;
    try { socket = this.#socket = new WebSocket(server.replace('http', 'ws') + '/ws/chat'); } catch { return this.#closed(1006); }
    socket.onopen = () => socket.send(JSON.stringify({ action: 'auth', token: chat.token, after: chat.transcript.last }));
    socket.onmessage = e => { if (socket === this.#socket) this.#hear(JSON.parse(e.data)); };
    socket.onclose = e => { if (socket === this.#socket) this.#closed(e.code); };
    this.#expect();
  }

  send(frame) {
    if (this.live) this.#socket.send(JSON.stringify(frame));
    return this.live;
  }

  wake() {
    if (!this.#socket) this.connect();
    else if (this.send({ action: 'ping' })) this.#expect();
    if (this.#poll) this.#pull();
  }

  drop() { if (this.#socket) this.#closed(0); }

  rest(state = 'idle') {
    this.#hangUp();
    clearTimeout(this.#retry);
    this.#stopPolling();
    this.turn(state);
  }

  turn(state) { if (state !== this.state) { this.state = state; chat.turned(state); } }

  #hear(frame) {
    clearTimeout(this.#deadline);
    if (frame.type === 'ready') {
      this.live = true;
      this.#since = Date.now();
      this.#beat = setInterval(() => this.wake(), 20e3);
      this.#stopPolling();
      this.turn('online');
    }
    if (frame.type === 'going_away') this.#hint = frame.retry_after_ms;
    chat.hear(frame);
  }

  #expect() {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      if (!this.live) this.#quick = 2;
      this.#closed(this.live ? 0 : 1006);
    }, 8e3);
  }

  #hangUp() {
    const socket = this.#socket;
    this.#socket = null;
    this.live = false;
    clearInterval(this.#beat);
    clearTimeout(this.#deadline);
    socket?.close();
  }

  // Jitter: a thousand widgets must not come back as one.
  #closed(code) {
    const lived = this.live ? Date.now() - this.#since : 0;
    this.#hangUp();
    if (lived > 6e4) this.#tries = this.#wrong = 0;
    this.#quick = code === 1006 && lived < 5e3 ? this.#quick + 1 : 0;
    const some = Math.random() * Math.min(3e4, 500 * 2 ** this.#tries++);
    const wait = {
      1000: Infinity, 1001: Infinity, 4401: Infinity, 4403: Infinity, 4409: document.hidden ? Infinity : 3e4,
      1006: this.#quick > 2 ? 6e4 : some, 1012: this.#hint + Math.random() * 1e4, 1013: 1e4 + some, 4429: 3e4 + some,
    }[code] ?? some;
    this.#firm = [1012, 1013, 4429].includes(code) ? Date.now() + wait : 0;
    if (code === 4403 || [1002, 1003, 1007, 1008].includes(code) && ++this.#wrong > 2) this.rest('stopped');
    else if (wait === Infinity) this.rest();
    else {
      this.#retry = setTimeout(() => { this.#firm = 0; this.connect(); }, wait);
      if (this.#poll || wait >= 3e4 && !this.#firm) this.#pull();
      else this.turn('connecting');
    }
    chat.lost(code);
  }

  #stopPolling() { this.#poll = clearTimeout(this.#poll); }

  async #pull() {
    clearTimeout(this.#poll);
    this.#poll = setTimeout(() => this.#pull(), (chat.opened ? 5e3 : 15e3) * (1 + Math.random() / 5));
    if (document.hidden) return;
    const ok = await chat.pull(), back = ok && this.state !== 'online';
    if (!this.#poll) return;
    this.turn(ok ? 'online' : 'connecting');
    if (back) this.connect();
  }
}

const line = new Line();

// 7 Transcript

class Transcript {
  id = ''; list = []; more = false;
  #known = new Map();

  merge(messages) {
    const news = messages.filter(m => !this.#known.has(m.id));
    for (const m of messages) this.#known.set(m.id, Object.assign(this.#known.get(m.id) ?? {}, m));
    this.list = [...this.#known.values()].sort((a, b) => a.seq - b.seq);
    return news;
  }
  get first() { return this.list[0]?.seq ?? 0; }
  get last() { return this.list.reduce((last, { seq }) => seq === last + 1 ? seq : last, this.first); }
  get unread() { return this.list.filter(m => m.sender_type === 'admin' && !m.read_at); }
  read(by, upTo, at) { for (const m of this.list) if (m.sender_type !== by && m.seq <= upTo) m.read_at ??= at; }
}

// 8 Outbox

class Outbox {
  #letters = new Map();

  load() {
    for (const key of store.keys()) if (key.startsWith(KEY + 'out:'))
      try { const letter = JSON.parse(store.get(key.slice(KEY.length))); this.#letters.set(letter.id, letter); } catch { /* */ }
  }
  get all() { return [...this.#letters.values()].sort((a, b) => a.at - b.at); }
  get next() { return this.all.find(l => l.state !== 'failed'); }
  add(content) {
    const at = Math.max(now(), 1 + (this.all.pop()?.at ?? 0));
    this.save({ id: at.toString(36) + Math.random().toString(36).slice(2), content, at });
  }
  save(letter, state = letter.state) {
    this.#letters.set(letter.id, letter = { ...letter, state });
    store.set('out:' + letter.id, JSON.stringify(letter));
  }
  drop(id) { if (this.#letters.delete(id)) store.set('out:' + id); }
}

const outbox = new Outbox();

// 9 Bell

let audio;
const ring = async ({ created_at }, seen) => {
  if (!seen) await new Promise(done => setTimeout(done, 200));
  await alone('ding', async () => {
    if (store.get('ding') >= created_at) return;
    store.set('ding', created_at);
    if (seen || store.get('mute') || navigator.userActivation?.hasBeenActive === false) return;
    try {
      audio ??= new AudioContext();
      if (audio.state !== 'running') await Promise.race([audio.resume(), new Promise(done => setTimeout(done, 300))]);
      if (audio.state !== 'running') return;
      const tone = audio.createOscillator(), volume = audio.createGain(), t = audio.currentTime;
      tone.frequency.setValueAtTime(659, t);
      tone.frequency.setValueAtTime(880, t + .12);
      volume.gain.setValueAtTime(.12, t);
      volume.gain.exponentialRampToValueAtTime(.001, t + .5);
      tone.connect(volume);
      volume.connect(audio.destination);
      tone.start(t);
      tone.stop(t + .5);
    } catch { /* */ }
  });
};

// 10 Log

const linked = text => {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(/https?:\/\/[^\s<>"]+|[\w.+-]+@[\w-]+(\.[\w-]+)+/gi)) {
    const shown = found.replace(/[.,:;!?'…]+$|(?<!\([^)]*)\)[.,:;!?)]*$/, ''), href = (/^http/i.test(shown) ? '' : 'mailto:') + shown;
    if (!URL.canParse(href)) continue;
    parts.push(text.slice(end, index), make('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, shown));
    end = index + shown.length;
  }
  return [...parts, text.slice(end)];
};

class Log {
  box = make('div', { className: 'log', role: 'log', tabIndex: 0, ariaRelevant: 'additions', onscroll: () => this.#scrolled() });
  jump = make('button', { type: 'button', className: 'jump', hidden: true, onclick: () => this.toEnd() });
  sizes = new ResizeObserver(() => this.restore());
  #nodes = new Map(); #top = 0; #atEnd = true;
  constructor() { this.sizes.observe(this.box); }

  toEnd() { this.#atEnd = true; this.jump.hidden = true; this.box.scrollTop = 1e9; }
  restore() { if (this.#atEnd) this.toEnd(); else this.box.scrollTop = this.#top; }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    if (!clientHeight) return;
    this.#top = scrollTop;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < 100;
    if (this.#atEnd) this.jump.hidden = true;
    if (scrollTop < 300) chat.older();
  }

  /** @param {'own'|'new'|'old'} [why] */
  render(why) {
    const { box } = this, height = box.scrollHeight, keep = new Set();
    box.ariaBusy = why === 'old';
    let next = box.firstChild;
    for (const node of this.#rows()) {
      keep.add(node);
      if (node === next) next = node.nextSibling; else box.insertBefore(node, next);
    }
    for (const [key, node] of this.#nodes) if (!keep.has(node)) { node.remove(); this.#nodes.delete(key); }
    if (why === 'own' || this.#atEnd) this.toEnd();
    else if (why === 'new') this.jump.hidden = false;
    else if (why === 'old') box.scrollTop = this.#top += box.scrollHeight - height;
    if (why === 'old') setTimeout(() => box.ariaBusy = false, 50);
  }

  *#rows() {
    const { transcript } = chat, greeting = options.greeting ?? word('greeting');
    const all = [
      ...transcript.list.map(m => {
        const mine = m.sender_type === 'user', at = Date.parse(m.created_at), state = m.read_at ? 'seen' : 'sent';
        const time = when(at);
        const label = mine ? [time, word(state)] : [m.sender_name || word('team'), time];
        return { key: mine && m.client_id || m.id, mine, text: m.content, at, state, label };
      }),
      ...outbox.all.map(({ id, content, at, state }) => ({
        key: id, mine: true, text: content, at, state: state ? 'failed' : 'sending', label: state ? [word('failed'), word('retry')] : [word('sending')],
      })),
    ].map(row => ({ ...row, label: row.label.join(' · ') }));
    if (greeting && !transcript.more) yield this.#row({ key: '0' + greeting, mine: false, text: greeting, state: '', label: word('team') }, 'end');
    let today;
    for (const [i, row] of all.entries()) {
      if (today !== (today = day(row.at))) {
        const line = this.#node(today, () => make('div', { className: 'day' }));
        write(line, dayName(today));
        yield line;
      }
      const next = all[i + 1];
      const joined = next && next.mine === row.mine && next.label === row.label && day(next.at) === today;
      yield this.#row(row, joined ? '' : 'end');
    }
  }

  #node(key, build) {
    if (!this.#nodes.has(key)) this.#nodes.set(key, build());
    return this.#nodes.get(key);
  }

  #row({ key, mine, text, state, label }, place) {
    const node = this.#node(key, () => make('div', {},
      make('span', { className: 'sr' }, word(mine ? 'you' : 'team') + ': '),
      make('div', { className: 'bubble', dir: 'auto' }, ...linked(text)), make('div', { className: 'meta' })));
    const meta = node.lastChild;
    node.className = `msg ${mine ? 'me ' + state : 'them'} ${place}`;
    write(meta, label);
    if (state === 'failed' && !meta.children[0]) meta.replaceChildren(button('retry', () => chat.retry(), label));
    return node;
  }
}

// 11 View

const small = matchMedia('(max-width:480px),(max-height:420px)'), touch = matchMedia('(pointer:coarse)');

class View {
  host = document.createElement('lean-chat');
  opened = false;
  #log = new Log(); #panel; #lc; #shown = true; #offline; #before; #modal = false; #overflow = ''; #unread = 0; #typed; #flashing; #hot; #cold;
  #title = make(inline ? 'h1' : 'h2', { className: 'title' });
  #status = make('p', { className: 'status', role: 'status' });
  #mute = button('tool mute', () => {
    store.set('mute', store.get('mute') ? '' : '1');
    this.dress();
  });
  #close = button('tool close', () => this.close(), icon(CLOSE));
  #typing = make('div', { className: 'typing' });
  #field = make('textarea', {
    className: 'field write', dir: 'auto', rows: 1, enterKeyHint: touch.matches ? 'enter' : 'send', value: store.get('draft') ?? '',
    oninput: () => { this.#wrote(); if (this.#field.value) chat.typed(); },
    // isComposing, 229: an input method's Enter
    onkeydown: e => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.keyCode !== 229 && !touch.matches) this.#submit(e); },
  });
  #send = make('button', { className: 'send' }, icon(SEND));
  #badge = make('span', { className: 'badge', ariaHidden: 'true' });
  #launcher = button('launcher', () => this.toggle());
  #note = make('div', { className: 'note', dir: 'auto' });
  #mail = make('input', { className: 'field address', type: 'email', required: true, autocomplete: 'email', oninput: () => this.#mail.setCustomValidity('') });
  #ask = button('ask', () => { this.#offer.replaceChildren(this.#mail, this.#save, this.#skip); this.dress(); this.#mail.focus(); });
  #save = make('button', { className: 'tool save' }, icon(CHECK));
  #skip = button('tool skip', () => { store.set('email', '1'); this.#offer.replaceChildren(this.#ask, this.#skip); this.render(); this.#field.focus(); }, icon(CLOSE));
  #offer = make('form', { className: 'offer', onsubmit: e => this.#leave(e) }, this.#ask, this.#skip);
  #aloud = make('div', { className: 'sr', ariaLive: 'polite' });

  constructor() {
    const { box, jump } = this.#log;
    this.#panel = make('section', { className: 'panel', role: inline ? 'main' : 'dialog', tabIndex: -1 },
      make('div', { className: 'head' }, make('div', {}, this.#title, this.#status), this.#mute, this.#close),
      box, jump, this.#typing, this.#note, this.#offer, make('form', { className: 'composer', onsubmit: e => this.#submit(e) }, this.#field, this.#send));
    this.#launcher.ariaHasPopup = 'dialog';
    this.#lc = make('div', { onkeydown: e => { if (e.key === 'Escape' && !e.isComposing) this.close(); } }, this.#panel, this.#launcher, this.#aloud);
    const shadow = this.host.attachShadow({ mode: 'open' }), sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#lc);
    listen(shadow, 'keydown keyup keypress beforeinput input paste copy cut focusin', e => e.stopPropagation());
  }

  #wrote() {
    const { style, value } = this.#field;
    store.set('draft', value);
    style.height = 'auto';
    style.height = this.#field.scrollHeight + 'px';
    this.#send.disabled = !value.trim();
  }

  #submit(e) {
    e.preventDefault();
    const text = this.#field.value.trim();
    if (text) { this.clear(); chat.send(text); }
    this.#field.focus();
  }

  async #leave(e) {
    e.preventDefault();
    try {
      const thanks = word('emailed', await chat.leave(this.#mail.value));
      store.set('email', '1');
      this.#offer.replaceChildren(thanks);
      this.say(thanks);
      this.#field.focus();
    } catch {
      this.#mail.setCustomValidity(word('failed'));
      this.#mail.reportValidity();
    }
  }

  clear() {
    this.#field.value = this.#mail.value = '';
    this.#wrote();
    this.#offer.replaceChildren(this.#ask, this.#skip);
  }

  say(text) { this.#aloud.textContent = text; }
  typing(name) {
    clearTimeout(this.#typed);
    write(this.#typing, name ? word('typing', name) : '');
    if (name) this.#typed = setTimeout(() => this.typing(), 5e3);
  }
  render(why) {
    const { transcript, adminOnline, email } = chat, spoken = transcript.list.some(m => m.sender_type === 'user');
    this.#note.hidden = !options.consent || spoken || outbox.all.length;
    this.#offer.hidden = this.#ask.isConnected && (adminOnline || email !== null || !spoken || store.get('email'));
    this.#log.render(why);
    this.count();
  }
  restore() { this.#log.restore(); }
  show(shown) { this.#shown = shown; this.count(); }

  dress() {
    choose();
    speak();
    const { host } = this, { style, dataset } = this.#lc, { color, position, theme, zIndex, offsetX, offsetY } = options;
    const custom = /^#(?!1f5fbf)([\da-f]{3}){1,2}$/i.test(color);
    for (const [name, value] of Object.entries({
      left: '', right: '', z: zIndex, [/left/i.test(position) ? 'left' : 'right']: parseInt(offsetX) + 'px', y: parseInt(offsetY) + 'px', accent: custom && color, 'accent-ink': custom && inkOn(color),
      link: custom && 'var(--ink)', me: custom && `color-mix(in srgb,${color} 14%,var(--surface))`,
    })) style.setProperty('--' + name, value || '');
    host.lang = words.language;
    host.dir = this.#lc.dir = /ar|he/.test(host.lang) ? 'rtl' : 'ltr';
    this.#lc.className = inline ? 'lc inline' : 'lc';
    dataset.theme = theme;
    this.#panel.ariaLabel = this.#title.textContent = options.title || options.app_name || 'Chat';
    for (const e of this.#panel.querySelectorAll('.log,.tool,.send,.field')) e.placeholder = e.ariaLabel = word(e.className.split(' ').pop());
    write(this.#log.jump, word('jump'));
    this.#mute.ariaPressed = !!store.get('mute');
    this.#mute.replaceChildren(icon(SPEAKER + (store.get('mute') ? MUTE : LOUD)));
    write(this.#ask, word('email'));
    this.#launcher.replaceChildren(icon(this.opened ? CLOSE : CHAT), this.#badge);
    this.#launcher.ariaExpanded = this.opened;
    this.#panel.hidden = !this.opened;
    this.#note.replaceChildren(...linked(options.consent ?? ''));
    this.fit();
    this.status();
  }

  count() {
    const n = chat.transcript.unread.length;
    if (n !== this.#unread) chat.emit('unread', this.#unread = n);
    write(this.#badge, n > 9 ? '9+' : '' + n);
    this.#badge.hidden = !n || this.opened;
    this.#launcher.ariaLabel = this.opened ? word('close') : word('open') + (n ? ' – ' + word('unread', n) : '');
    this.flash();
    this.#launcher.hidden = !this.#shown || yes(options.hideLauncher) || yes(options.hideWhenAway) && !chat.adminOnline && !chat.token;
  }

  flash() {
    const on = document.hidden && this.#unread;
    clearTimeout(this.#flashing);
    if (document.title === this.#hot) document.title = this.#cold;
    else if (on) {
      this.#cold = document.title;
      document.title = this.#hot = `(${on}) ${word('jump')}`;
    }
    if (on) this.#flashing = setTimeout(() => this.flash(), 1500);
  }

  status() {
    this.render();
    const { adminOnline, transcript } = chat, { status } = this.#lc.dataset;
    const tell = (state, text = word(state)) => {
      this.#lc.dataset.status = state;
      if (text) write(this.#status, text);
      if (state !== status) chat.emit('status', state);
    };
    const down = line.state === 'connecting' || line.state !== 'idle' && !navigator.onLine;
    if (!down || line.state === 'stopped') { clearTimeout(this.#offline); this.#offline = 0; }
    if (line.state === 'stopped') tell('stopped');
    else if (!down) tell(...adminOnline ? ['online'] : ['away', away()]);
    else if (!this.#offline) {
      this.#offline = setTimeout(() => tell('offline'), 5e3);
      tell('connecting', transcript.id ? '' : undefined);
    }
  }

  toggle() { if (this.opened) this.close(); else this.open(); }

  open(focus = true) {
    if (this.opened) return;
    this.opened = true;
    this.#before = document.activeElement;
    this.dress();
    this.#wrote();
    this.#log.toEnd();
    if (focus) (touch.matches ? this.#panel : this.#field).focus({ preventScroll: true });
    chat.wake();
    chat.emit('open');
  }

  close() {
    if (!this.opened || inline) return;
    const inside = this.host.shadowRoot?.activeElement;
    this.opened = false;
    this.dress();
    if (inside) (this.#launcher.hidden ? this.#before : this.#launcher)?.focus({ preventScroll: true });
    chat.emit('close');
  }

  fit() {
    const modal = this.opened && small.matches && !inline, { style } = root, view = window.visualViewport;
    this.#lc.classList.toggle('full', inline || small.matches);
    if (modal !== this.#modal) {
      this.#modal = document.body.inert = modal;
      [this.#overflow, style.overflow] = [style.overflow, modal ? 'hidden' : this.#overflow];
    }
    this.#panel.ariaModal = modal || null;
    const bound = view && view.scale < 1.02;
    this.#panel.style.setProperty('--top', bound ? view.offsetTop + 'px' : '');
    this.#panel.style.setProperty('--height', bound ? view.height + 'px' : '');
  }

  remove() {
    this.opened = false;
    this.fit();
    this.#unread = 0;
    this.flash();
    this.#log.sizes.disconnect();
    clearTimeout(this.#offline);
    clearTimeout(this.#typed);
    this.host.remove();
  }
}

const view = new View();

// 12 Chat

class Chat {
  token = store.get('token'); adminOnline = options.admin_online;
  transcript = new Transcript();
  #identity; #entering; #flushing = false; #paging = false; #pending;
  #fresh = 0; #renewed = 0; #again; #failures = 0; #polls = 0; #typed = 0;

  get opened() { return view.opened; }
  get seen() { return this.opened && !document.hidden; }
  emit(name, detail) { document.dispatchEvent(new CustomEvent(KEY + name, { detail })); }

  async connect(must = this.token || outbox.next || this.opened && this.#identity?.token) {
    if (line.state === 'stopped') return this.#late();
    if (!must) return;
    clearTimeout(this.#again);
    try {
      if (line.state === 'idle') line.turn('connecting');
      if (!this.token || !this.transcript.id || this.#identity) await this.#enter();
      this.#failures = 0;
      line.connect();
      this.flush();
    } catch (e) { this.#failed(e); }
  }

  #enter() {
    return this.#entering ??= alone('enter', async () => {
      this.token = store.get('token') ?? this.token;
      const who = this.#identity;
      if (!who?.token) this.#absorb(await api('GET', ''));
      if (who) this.#absorb(await api('POST', '/identify', who));
      this.#identity = null;
    }).finally(() => this.#entering = null);
  }

  #absorb({ id, token, messages, more, admin_online, user }) {
    this.email = user?.email;
    if (token) store.set('token', this.token = token);
    const fresh = this.transcript.id !== id;
    if (fresh) this.transcript = Object.assign(new Transcript(), { id, more });
    this.adminOnline = admin_online;
    this.#fresh = Date.now();
    this.#take(messages, fresh);
    view.status();
  }

  #become(token) {
    line.rest();
    clearTimeout(this.#again);
    this.token = token;
    this.transcript = new Transcript();
    view.render('old');
  }

  #failed(e) {
    if (e.status === 401) {
      if (this.#identity) this.#identity = null;
      else {
        const other = store.get('token'), known = other !== this.token;
        if (!known && Date.now() - this.#renewed < 6e4) return line.rest('stopped');
        if (!known) { this.#renewed = Date.now(); store.set('token'); }
        this.#become(known ? other : null);
      }
      return this.connect(this.token || this.opened || outbox.next);
    }
    if (e.code === 'forbidden') return line.rest('stopped');
    this.#late();
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.connect(), e.wait || 1e3 + Math.random() * Math.min(3e4, 2e3 * 2 ** this.#failures++));
  }

  #late() {
    for (const letter of outbox.all) if (!letter.state) outbox.save(letter, 'late');
    view.render();
  }

  hear(frame) {
    switch (frame.type) {
      case 'ready':
        this.adminOnline = frame.admin_online;
        if (Date.now() - this.#fresh > 5e3) this.pull(true);
        this.tellPage();
        return this.flush();
      case 'new_message':
        return this.#take([frame.message]);
      case 'read':
        this.transcript.read(frame.by, frame.up_to, frame.read_at);
        return view.render();
      case 'typing':
        return view.typing(frame.by === 'admin' && (frame.name || word('team')));
      case 'presence':
        this.adminOnline = frame.admin_online;
        return view.status();
      case 'error':
        if (frame.client_id === this.#pending?.id) this.#pending?.done(refusal(frame.code, 0, frame.retry_after_ms));
    }
  }

  lost(code) {
    view.typing();
    this.#pending?.done(code === 1009 && refusal('too_large'));
    if (code === 4401) this.#failed({ status: 401 });
  }

  turned(state) {
    if (state === 'online') this.flush();
    if (state === 'stopped') this.#late();
    view.status();
  }

  async pull(whole = this.#polls++ % 6 === 0) {
    try {
      if (whole) this.#absorb(await api('GET', ''));
      else this.#take(await api('GET', '/messages?after=' + this.transcript.last));
      return true;
    } catch (e) { if (e.status === 401) this.#failed(e); }
  }

  #take(messages, history) {
    const { transcript } = this, news = transcript.merge(messages).filter(() => !history);
    for (const { sender_type, client_id } of messages) if (sender_type === 'user') {
      outbox.drop(client_id);
      if (client_id === this.#pending?.id) this.#pending?.done();
    }
    const heard = news.filter(m => m.sender_type === 'admin' && !m.read_at);
    view.render(history ? 'old' : heard.length ? 'new' : undefined);
    for (const m of heard) {
      view.typing();
      ring(m, this.seen);
      if (!this.opened) view.say((m.sender_name || word('team')) + ': ' + m.content);
    }
    for (const m of news) this.emit('message', m);
    this.#markRead();
  }

  async older() {
    const { transcript } = this;
    if (!transcript.more || this.#paging) return;
    this.#paging = true;
    try {
      const page = await api('GET', '/messages?before=' + transcript.first);
      transcript.merge(page);
      transcript.more = page[0]?.seq > 1;
      view.render('old');
    } catch { /* */ }
    this.#paging = false;
  }

  send(text) {
    for (const content of text.match(new RegExp(`[^]{1,${options.content_length || 1e5}}`, 'gu'))) {
      outbox.add(content);
      this.emit('send', { content });
    }
    view.render('own');
    this.connect();
  }

  retry() {
    for (const letter of outbox.all) outbox.save(letter, '');
    view.render();
    this.connect();
  }

  async flush() {
    if (this.#flushing || !this.token) return;
    this.#flushing = true;
    let letter;
    try {
      while (this.token && line.state !== 'stopped' && (letter = outbox.next)) {
        await this.#deliver(letter).catch(e => {
          if (!/^(bad|empty|content|too_large|client|forbidden)/.test(e.code)) throw e;
          outbox.save(letter, 'failed');
          view.render();
          view.say(word('failed'));
        });
      }
      this.#failures = 0;
    } catch (e) { this.#failed(e); }
    this.#flushing = false;
  }

  async #deliver({ id, content }) {
    if (!line.send({ action: 'send_message', content, client_id: id }))
      return this.#take([await api('POST', '/messages', { content, client_id: id })]);
    const late = setTimeout(() => line.drop(), 1e4);
    await new Promise((done, fail) => this.#pending = { id, done: error => error ? fail(error) : done(0) })
      .finally(() => { clearTimeout(late); this.#pending = null; });
  }

  #markRead() {
    const last = this.transcript.unread.pop();
    if (!this.seen || !last) return;
    this.shared('read', last.seq);
    store.set('read', last.seq);
    if (!line.send({ action: 'mark_read' })) api('PATCH', '/mark_read').catch(() => { /* */ });
  }

  typed() { if (Date.now() - this.#typed > 3e3 && line.send({ action: 'typing' })) this.#typed = Date.now(); }

  tellPage() {
    line.send({ action: 'page', url: location.href, title: document.title, referrer: document.referrer,
      locale: navigator.language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  }

  wake() {
    outbox.load();
    if (line.state === 'idle' || !this.transcript.id) this.connect(); else line.wake();
    this.flush();
    this.#markRead();
    view.status();
  }

  shared(key, value) {
    if (key === 'token' && value !== this.token) {
      if (!value) this.reset(true);
      else { this.#become(value); this.connect(); }
    }
    if (key === 'read') this.transcript.read('user', value, new Date(now()).toISOString());
    if (key.startsWith('out:')) { if (value) outbox.load(); else outbox.drop(key.slice(4)); }
    if (key === 'mute') view.dress(); else view.render();
  }

  identify(who) { this.#identity = who; if (this.token) this.connect(); else if (this.opened) this.connect(who.token); }

  async leave(email) {
    this.#absorb(await api('POST', '/identify', { email }));
    return email;
  }

  stop() {
    clearTimeout(this.#again);
    line.rest('stopped');
    view.remove();
  }

  async arrive(key) {
    try {
      const chat = await api('POST', '/open', { key }, '');
      line.rest();
      this.#absorb(chat);
      this.connect();
    } catch (e) { if (e.status) { wishes.greeting = word('expired'); view.dress(); } }
  }

  reset(elsewhere) {
    if (this.token && !elsewhere) api('DELETE', '/session').catch(() => { /* */ });
    for (const { id } of outbox.all) outbox.drop(id);
    memory.clear();
    for (const key of store.keys()) if (key.startsWith(KEY)) store.set(key.slice(KEY.length));
    view.clear();
    this.#become(null);
  }
}

const chat = new Chat();

// 13 LeanChat

const mount = () => {
  const ended = new AbortController(), { signal } = ended;
  const on = (target, types, listener) => listen(target, types, listener, signal);
  let ready = false;

  const calls = {
    open: () => view.open(), close: () => view.close(), toggle: () => view.toggle(),
    show: () => view.show(true), hide: () => view.show(false),
    update: changes => { Object.assign(wishes, changes); view.dress(); },
    identify: who => chat.identify(who), reset: () => chat.reset(),
    on: (name, listener) => {
      const off = new AbortController();
      if (name === 'ready' && ready) listener();
      listen(document, KEY + name, e => listener(e.detail), AbortSignal.any([signal, off.signal]));
      return () => off.abort();
    },
    destroy: () => { ended.abort(); watch.disconnect(); chat.stop(); audio?.close(); delete page.LeanChat; },
  };
  const LeanChat = (name, ...values) => signal.aborted ? undefined : calls[name]?.(...values);
  page.LeanChat = Object.assign(LeanChat, calls, { version: 1 });

  const attach = () => {
    if (signal.aborted || view.host.isConnected) return;
    document.documentElement.append(view.host);
    watch.observe(document.documentElement, { childList: true });
    view.restore();
  };
  const watch = new MutationObserver(() => { if (!view.host.isConnected) setTimeout(attach); });
  watch.observe(document, { childList: true });
  view.dress();
  attach();

  const arrive = () => {
    const [, name, key] = /^#(leanchat|key)(?:=(.+))?$/.exec(location.hash) ?? [];
    if (!name || name === 'key' && !inline) return;
    history.replaceState(history.state, '', location.pathname + location.search);
    view.open();
    if (key) chat.arrive(key);
  };
  const wake = () => { view.flash(); if (!document.hidden && ready) chat.wake(); };

  on(document, 'visibilitychange', wake);
  on(window, 'online pageshow', wake);
  on(window, 'offline', () => view.status());
  on(window, 'pagehide', () => line.rest());
  on(window, 'storage', e => { if (e.key?.startsWith(KEY)) chat.shared(e.key.slice(KEY.length), e.newValue); });
  on(window, 'hashchange', arrive);
  on(page.navigation, 'navigatesuccess', () => chat.tellPage());
  on(window.visualViewport, 'resize scroll', () => view.fit());
  on(small, 'change', () => view.fit());
  on(document, 'click', e => {
    if (!e.target.closest?.('[data-leanchat-open],[href$="#leanchat"]')) return;
    e.preventDefault();
    view.open();
  });

  for (const call of stub.q) LeanChat(...call);
  if (inline || yes(options.open)) view.open(inline);
  arrive();
  chat.emit('ready');
  const start = () => setTimeout(() => { ready = true; wake(); }, 200);
  if (document.readyState === 'complete') start(); else on(window, 'load', start);
};

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', mount, { once: true }); else mount();
})();
