// @ts-check
// Where no WebSocket gets through, the widget hears server-sent events instead (docs/protocol.md). It loads this then, not before. Of all
// tabs of a browser one holds the stream and tells the others: a browser opens no more than six connections to a server.

/** The server says something every 15 s. Without a word for so long, the stream is dead. */
const SILENCE = 4e4;

/** How many messages are asked for at once. */
const PAGE = 200;

/** What the close codes of a WebSocket would be, by HTTP status. */
const CODES = { 401: 4401, 403: 4403, 429: 4409, 503: 1013 };

/**
 * Behaves like a WebSocket of /ws/chat that only hears. Whoever has one speaks over HTTP.
 * @param {string} server The address of the server, with a slash at the end.
 * @param {string} key What the names of the widget begin with.
 */
export function streamOf(server, key) {
  return new EventSocket(server, key);
}

class EventSocket {
  /** @type {any} */ onopen;
  /** @type {any} */ onmessage;
  /** @type {any} */ onclose;
  #server; #key;
  #id = Math.random();
  #gone = new AbortController();
  /** @type {BroadcastChannel | undefined} */ #others;
  /** @type {number | undefined} */ #watch;
  #headers = {};
  /** The newest seq that was heard. */
  #after = 0;
  /** Whether this tab holds the stream. */
  #leads = false;
  /** The frame `ready`, once it was heard here. */
  #ready = '';
  #endCode = 1006;

  constructor(server, key) {
    this.#server = server;
    this.#key = key;
    setTimeout(() => this.onopen());
  }

  /** Takes the frame `auth`. */
  send(text) {
    const { token, after } = JSON.parse(text);
    this.#headers = { Authorization: 'Bearer ' + token };
    this.#after = after;
    this.#begin(this.#key + 'stream:' + token.slice(0, 8));
  }

  close() {
    this.#gone.abort();
    this.#others?.close();
    clearTimeout(this.#watch);
    this.onclose = undefined;
  }

  /** Holds the stream as soon as no other tab does; hears what the other tells until then. */
  async #begin(name) {
    const { signal } = this.#gone;
    try {
      if (!navigator.locks) throw name;
      this.#others = new BroadcastChannel(name);
      this.#others.onmessage = event => this.#told(event.data);
      this.#others.postMessage({ asks: this.#id });
      await navigator.locks.request(name, { signal }, () => this.#lead());
    } catch {
      // This browser or frame has no locks or no channels: each tab holds a stream of its own.
      if (!signal.aborted && !this.#leads) this.#lead();
    }
  }

  async #lead() {
    const { signal } = this.#gone;
    if (signal.aborted) return;
    this.#leads = true;
    try {
      // Whoever told this tab so far was asked to come back later.
      if (this.#endCode !== 1012) await this.#read(signal);
    } catch { /* the line broke, or this tab has closed it */ }
    this.#end(this.#endCode);
  }

  async #read(signal) {
    const response = await fetch(this.#server + 'support_chat/events?after=' + this.#after,
      { headers: this.#headers, cache: 'no-store', credentials: 'omit', signal });
    if (!response.ok || !response.body) return this.#end(CODES[response.status] ?? 1006);
    const reader = response.body.getReader(), decoder = new TextDecoder();
    for (let text = ''; ;) {
      const { value, done } = await reader.read();
      if (done) return;
      const events = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const frame = /^data: (.*)$/m.exec(event)?.[1];
        this.#others?.postMessage({ frame });
        this.#hear(frame);
      }
    }
  }

  /** What another tab says. */
  #told({ asks, to = this.#id, frame }) {
    if (asks && this.#leads && this.#ready) this.#others?.postMessage({ to: asks, frame: this.#ready });
    if (!asks && !this.#leads && to === this.#id) this.#hear(frame);
  }

  /** Passes a frame on; without one it is a sign of life. */
  async #hear(frame) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#end(1006), SILENCE);
    if (!frame) return;
    const { type, message } = JSON.parse(frame);
    if (type === 'going_away') this.#endCode = 1012;
    if (type === 'ready') {
      this.#ready = frame;
      if (!this.#leads) await this.#catchUp();
    }
    // What comes before `ready` is among what is then asked for.
    if (!this.#ready) return;
    if (type === 'new_message') this.#after = Math.max(this.#after, message.seq);
    this.onmessage({ data: frame });
  }

  /** What was said before this tab began to hear the other. */
  async #catchUp() {
    try {
      // Live messages come meanwhile, and move `#after`.
      for (let after = this.#after, messages; messages?.length !== 0;) {
        const response = await fetch(`${this.#server}support_chat/messages?limit=${PAGE}&after=${after}&once=${Math.random()}`,
          { headers: this.#headers, cache: 'no-store', credentials: 'omit', signal: this.#gone.signal });
        if (!response.ok) return this.#end(CODES[response.status] ?? 1006);
        messages = await response.json();
        for (const message of messages) {
          after = message.seq;
          this.onmessage({ data: JSON.stringify({ type: 'new_message', message }) });
        }
      }
    } catch { this.#end(1006); }
  }

  #end(code) {
    const tell = this.onclose;
    this.close();
    tell?.({ code });
  }
}
