// @ts-check
// LeanChat for an interface of your own: one conversation, kept whole over bad lines. No dependencies; MIT licence.
// Your site proxies /api/support_chat and /ws/chat to LeanChat (docs/hosts/own-interface.md), so the session is a cookie of
// your own origin that no script can read. docs/react and docs/vue make a hook and a composable of this.

/**
 * @typedef {{ id: string, seq: number, client_id: string | null, content: string, sender_type: 'user' | 'admin',
 *   sender_name: string | null, read_at: string | null, created_at: string,
 *   via: 'chat' | 'email' | 'api' }} SupportMessage
 * @typedef {{ key: string, content: string, mine: boolean, name: string | null, at: string, seq: number | null,
 *   state: 'sending' | 'failed' | 'sent' | 'seen', error: string | null }} Line  What to show; `key` never changes, so a line does not jump when it is acknowledged.
 * @typedef {{ status: 'idle' | 'loading' | 'connecting' | 'online' | 'stopped', chatId: string | null, lines: Line[], more: boolean,
 *   unread: number, adminOnline: boolean, adminTyping: boolean, adminName: string | null,
 *   user: { id: string, email: string | null, name: string | null, verified: boolean } | null }} SupportChatState
 * @typedef {{ api?: string, socket?: string }} SupportChatOptions
 */

const PING = 20_000, PATIENCE = 8_000, ACKNOWLEDGED = 10_000, POLL = 5_000, TYPED = 3_000, TYPING_SHOWN = 5_000, STABLE = 60_000;

/** Refusals that no second try will change. @type {Record<string, true>} */
const FINAL = { bad_request: true, empty_content: true, content_too_long: true, too_large: true, client_id_conflict: true, forbidden: true };

/** Full jitter: what has fallen together must not come back together. @param {number} tries */
const backOff = tries => Math.random() * Math.min(30_000, 500 * 2 ** tries);

function newId() {
  let id = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += byte.toString(16).padStart(2, '0');
  return id;
}

class Refused extends Error {
  /** @param {string} code @param {number} status @param {number} [wait] */
  constructor(code, status, wait = 0) { super(code); this.code = code; this.status = status; this.wait = wait; }
}

/** @param {SupportChatOptions} [options] */
export function createSupportChat({ api = '/api/support_chat', socket: socketPath = '/ws/chat' } = {}) {
  /** @type {Set<() => void>} */ const listeners = new Set();
  /** @type {Map<string, SupportMessage>} */ let known = new Map();
  /** @type {SupportMessage[]} */ let messages = [];
  /** @type {{ id: string, content: string, at: string, error: string | null }[]} */ let outbox = [];
  /** @type {SupportChatState} */
  let state = { status: 'idle', chatId: null, lines: [], more: false, unread: 0, adminOnline: false, adminTyping: false, adminName: null, user: null };

  /** @type {WebSocket | null} */ let socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let deadline;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let typingEnds;
  /** @type {ReturnType<typeof setInterval> | undefined} */ let beat;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let poll;
  /** @type {{ id: string, done: (error?: Refused | 'lost') => void } | null} */ let pending = null;
  let generation = 0, running = 0, live = false, since = 0, tries = 0, quick = 0, malformed = 0, renewedAt = -Infinity, notBefore = 0, hint = 0;
  let mustLoad = true, flushing = false, typedAt = 0, paging = false, polls = 0;
  /** @type {Promise<any> | null} */ let entering = null;

  // 1 What is shown

  function show(/** @type {Partial<SupportChatState>} */ change = {}) {
    const acknowledged = new Set(messages.map(m => m.client_id));
    /** @type {Line[]} */
    const lines = messages.map(m => {
      const mine = m.sender_type === 'user';
      return { key: mine && m.client_id || m.id, content: m.content, mine, name: m.sender_name, at: m.created_at, seq: m.seq, state: m.read_at ? 'seen' : 'sent', error: null };
    });
    for (const { id, content, at, error } of outbox)
      if (!acknowledged.has(id)) lines.push({ key: id, content, mine: true, name: null, at, seq: null, state: error ? 'failed' : 'sending', error });
    state = { ...state, ...change, lines, unread: messages.filter(m => m.sender_type === 'admin' && !m.read_at).length };
    for (const listener of listeners) listener();
  }

  // 2 What is known

  /** The newest seq up to which nothing is missing: from there a socket resumes. */
  const last = () => messages.reduce((to, { seq }) => seq === to + 1 ? seq : to, messages[0]?.seq ?? 0);

  function take(/** @type {SupportMessage[]} */ news) {
    for (const m of news) known.set(m.id, { ...known.get(m.id), ...m });
    messages = [...known.values()].sort((a, b) => a.seq - b.seq);
    const arrived = new Set(news.map(m => m.sender_type === 'user' ? m.client_id : null));
    if (outbox.some(letter => arrived.has(letter.id))) keep(outbox.filter(letter => !arrived.has(letter.id)));
    if (pending && arrived.has(pending.id)) pending.done();
    show(news.some(m => m.sender_type === 'admin') ? { adminTyping: false } : {});
  }

  /** What was not acknowledged outlives a reload of the page. */
  function keep(/** @type {typeof outbox} */ letters) {
    outbox = letters;
    try { sessionStorage.setItem('leanchat:outbox', JSON.stringify(outbox)); } catch { /* no storage: it lives as long as the page */ }
  }

  function recall() {
    try { outbox = JSON.parse(sessionStorage.getItem('leanchat:outbox') ?? '[]'); } catch { outbox = []; }
  }

  // 3 HTTP

  async function call(/** @type {string} */ method, path = '', /** @type {object | undefined} */ body = undefined) {
    const limit = new AbortController(), timer = setTimeout(() => limit.abort(), 15_000);
    // No cache, a service worker's least of all, may answer: it does not know who asks.
    const once = method === 'GET' ? `${path.includes('?') ? '&' : '?'}once=${newId()}` : '';
    /** @type {any} */ let answer = null;
    /** @type {Response} */ let response;
    try {
      response = await fetch(api + path + once, {
        method, credentials: 'same-origin', cache: 'no-store', body: body && JSON.stringify(body), signal: limit.signal,
        headers: body && { 'Content-Type': 'application/json' },
      });
      if (response.status !== 204) answer = await response.json().catch(() => null);
    } finally { clearTimeout(timer); }
    if (!response.ok) throw new Refused(answer?.error ?? 'server_error', response.status, 1_000 * Number(response.headers.get('Retry-After') ?? 0));
    return answer;
  }

  function absorb(/** @type {any} */ chat) {
    if (chat.id !== state.chatId) { known = new Map(); messages = []; state = { ...state, chatId: chat.id, more: chat.more }; }
    // More was said meanwhile than a page holds: what lies between comes by `after`, in order.
    const gap = messages.length && chat.messages[0]?.seq > last() + 1;
    state = { ...state, adminOnline: chat.admin_online, user: chat.user, more: messages.length ? state.more : chat.more };
    take(gap ? [] : chat.messages);
  }

  async function load() {
    const mine = running;
    if (!state.chatId) show({ status: 'loading' });
    // Two tabs that come at once, or a page that mounts twice, must not become two users.
    entering ??= Promise.resolve(navigator.locks ? navigator.locks.request('leanchat:enter', () => call('GET')) : call('GET')).finally(() => { entering = null; });
    const chat = await entering;
    if (mine !== running) return false;
    mustLoad = false;
    absorb(chat);
    return true;
  }

  // 4 The line

  async function connect() {
    clearTimeout(retry);
    if (!running || socket || state.status === 'stopped') return;
    const wait = notBefore - Date.now();
    if (wait > 0) { retry = setTimeout(connect, wait); return; }
    const mine = running;
    try {
      if (mustLoad && !await load()) return;
    } catch (error) {
      if (mine !== running) return;
      if (error instanceof Refused && error.code === 'forbidden') return stopFor();
      if (!poll) show({ status: 'connecting' });
      retry = setTimeout(connect, (error instanceof Refused ? error.wait : 0) + backOff(tries++));
      return;
    }
    if (socket) return;
    if (!poll) show({ status: 'connecting' });
    const address = new URL(socketPath, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    address.searchParams.set('chat_id', /** @type {string} */ (state.chatId));
    address.searchParams.set('after', `${last()}`);
    const opened = socket = new WebSocket(address);
    opened.onmessage = event => { if (opened === socket) hear(JSON.parse(event.data)); };
    opened.onclose = event => { if (opened === socket) closed(event.code); };
    expect();
  }

  function hear(/** @type {any} */ frame) {
    clearTimeout(deadline);
    switch (frame.type) {
      case 'ready':
        live = true;
        since = Date.now();
        clearTimeout(poll);
        poll = undefined;
        beat = setInterval(wake, PING);
        show({ status: 'online', adminOnline: frame.admin_online });
        say({ action: 'page', url: location.href, title: document.title, referrer: document.referrer, locale: navigator.language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
        flush();
        break;
      case 'new_message':
        take([frame.message]);
        break;
      case 'read':
        for (const m of messages)
          if (m.sender_type !== frame.by && m.seq <= frame.up_to && !m.read_at) known.set(m.id, { ...m, read_at: frame.read_at });
        messages = messages.map(m => known.get(m.id) ?? m);
        show();
        break;
      case 'typing':
        if (frame.by !== 'admin') break;
        clearTimeout(typingEnds);
        typingEnds = setTimeout(() => show({ adminTyping: false }), TYPING_SHOWN);
        show({ adminTyping: true, adminName: frame.name });
        break;
      case 'presence':
        show({ adminOnline: frame.admin_online });
        break;
      case 'going_away':
        hint = frame.retry_after_ms;
        break;
      case 'error':
        if (frame.client_id && frame.client_id === pending?.id) pending?.done(new Refused(frame.code, 0, frame.retry_after_ms ?? 0));
    }
  }

  function say(/** @type {object} */ frame) {
    if (live) socket?.send(JSON.stringify(frame));
    return live;
  }

  /** A line that says nothing in time is dead, whatever the browser believes. */
  function expect() {
    clearTimeout(deadline);
    deadline = setTimeout(() => closed(1006), PATIENCE);
  }

  function hangUp() {
    const old = socket;
    socket = null;
    live = false;
    clearInterval(beat);
    clearTimeout(deadline);
    if (old) { old.onclose = old.onmessage = null; old.close(); }
  }

  /** What a close code asks for: the table of the protocol, line by line. @param {number} code */
  function closed(code) {
    const lived = live ? Date.now() - since : 0, ready = live;
    hangUp();
    clearTimeout(typingEnds);
    // A cookie that is not let in any more shows only as a socket that never becomes ready: ask who we are before the next one.
    if (!ready) mustLoad = true;
    if (lived > STABLE) tries = malformed = 0;
    quick = code === 1006 && lived < PATIENCE ? quick + 1 : 0;
    pending?.done(code === 1009 ? new Refused('too_large', 413) : 'lost');
    state = { ...state, adminTyping: false };
    let wait = backOff(tries++);
    if (code === 1000 || code === 1001) return show({ status: 'idle' });
    if ([1002, 1003, 1007, 1008].includes(code) && ++malformed >= 3) return stopFor();
    if (code === 4403) return stopFor();
    if (code === 4401) {
      if (Date.now() - renewedAt < STABLE) return stopFor();
      renewedAt = Date.now();
      mustLoad = true;
      wait = 0;
    }
    if (code === 4409) {
      if (document.hidden) return show({ status: 'connecting' });
      wait = 30_000;
    }
    if (code === 1012) wait = hint + Math.random() * 10_000;
    if (code === 1013) wait += 10_000;
    if (code === 4429) wait = 30_000;
    notBefore = [1012, 1013, 4429].includes(code) ? Date.now() + wait : 0;
    if (quick >= 3) { wait = 60_000; pull(); }
    retry = setTimeout(connect, wait);
    if (!poll) show({ status: 'connecting' });
  }

  function stopFor() {
    hangUp();
    clearTimeout(retry);
    clearTimeout(poll);
    poll = undefined;
    keep(outbox.map(letter => ({ ...letter, error: letter.error ?? 'forbidden' })));
    show({ status: 'stopped' });
  }

  /** Where no socket gets through, asking every few seconds does. */
  async function pull() {
    clearTimeout(poll);
    const mine = running;
    poll = setTimeout(pull, POLL * (1 + Math.random() / 5));
    if (document.hidden) return;
    try {
      if (polls++ % 6 === 0) await load();
      for (let page; mine === running && (page = await call('GET', `/messages?limit=200&after=${last()}`)).length; ) take(page);
      if (mine !== running || !poll) return;
      if (state.status !== 'online') show({ status: 'online' });
      flush();
    } catch {
      // Down altogether, or the session has ended: the next turn tells.
      polls = 0;
      if (mine === running && poll) show({ status: 'connecting' });
    }
  }

  function wake() {
    if (!running || state.status === 'stopped') return;
    if (say({ action: 'ping' })) expect();
    else if (!socket) connect();
    if (poll) pull();
  }

  const onVisible = () => { if (!document.hidden) wake(); };

  // 5 What is said

  /** One after the other, each until it is acknowledged: order holds, and a retry stores nothing twice. */
  async function flush() {
    if (flushing) return;
    flushing = true;
    const mine = running;
    for (let letter; mine === running && state.status === 'online' && (letter = outbox.find(l => !l.error)); ) {
      const { id, content } = letter;
      try {
        if (live) await sendLive(id, content);
        else take([await call('POST', '/messages', { content, client_id: id })]);
      } catch (error) {
        if (error === 'lost' || mine !== running) break;
        const { code, wait } = error instanceof Refused ? error : new Refused('', 0);
        if (FINAL[code]) {
          keep(outbox.map(l => l.id === id ? { ...l, error: code } : l));
          show();
        } else {
          setTimeout(flush, (wait || 1_000) + backOff(1));
          break;
        }
      }
    }
    flushing = false;
  }

  function sendLive(/** @type {string} */ id, /** @type {string} */ content) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => closed(1006), ACKNOWLEDGED);
      pending = { id, done: error => { clearTimeout(late); pending = null; if (error) reject(error); else resolve(undefined); } };
      say({ action: 'send_message', content, client_id: id });
    });
  }

  return {
    subscribe(/** @type {() => void} */ listener) {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },

    /** The same object until something has changed. */
    snapshot: () => state,

    start() {
      running = ++generation;
      recall();
      addEventListener('online', wake);
      document.addEventListener('visibilitychange', onVisible);
      mustLoad = true;
      connect();
    },

    stop() {
      running = 0;
      hangUp();
      clearTimeout(retry);
      clearTimeout(poll);
      clearTimeout(typingEnds);
      poll = undefined;
      removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', onVisible);
      pending?.done('lost');
      state = { ...state, status: 'idle' };
    },

    /** Shown at once, sent as soon as there is a line. */
    send(/** @type {string} */ content) {
      if (!content.trim()) return;
      keep([...outbox, { id: newId(), content: content.trim(), at: new Date().toISOString(), error: null }]);
      // Sent before it is shown: a listener that throws keeps nothing back.
      if (state.status === 'idle') connect();
      flush();
      show();
    },

    /** Again what has failed. */
    retry(/** @type {string} */ key) {
      keep(outbox.map(letter => letter.id === key ? { ...letter, error: null } : letter));
      show();
      flush();
    },

    /** Tells that a person is looking: call it when your panel is open and `unread` is not 0. */
    markRead() {
      if (state.unread && !say({ action: 'mark_read' })) call('PATCH', '/mark_read').catch(() => { /* the next look tells it again */ });
    },

    typing() {
      if (Date.now() - typedAt > TYPED && say({ action: 'typing' })) typedAt = Date.now();
    },

    /** The page before the oldest line. */
    async older() {
      if (!state.more || paging) return;
      paging = true;
      try {
        const page = await call('GET', `/messages?before=${messages[0].seq}`);
        state = { ...state, more: page[0]?.seq > 1 };
        take(page);
      } finally { paging = false; }
    },

    /** `{ token }` from your own server, or `{ email, name }` as typed, which stays unverified. */
    async identify(/** @type {{ token?: string, email?: string, name?: string }} */ who) {
      const before = state.chatId;
      absorb(await call('POST', '/identify', who));
      // A signed identity may have made another session of it: the socket is to belong to that.
      if (who.token || state.chatId !== before) { hangUp(); pending?.done('lost'); notBefore = 0; connect(); }
    },

    /** For a shared computer: the session ends, and what was said is gone from this page. */
    async signOut() {
      await call('DELETE', '/session');
      keep([]);
      known = new Map();
      messages = [];
      hangUp();
      mustLoad = true;
      show({ status: 'idle', chatId: null, user: null, more: false });
    },
  };
}
