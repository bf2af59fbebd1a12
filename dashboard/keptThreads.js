// @ts-check
// The chats that were open lately: coming back to one shows it at once.
import { Thread } from './thread.js';

const MOST = 30;

export class KeptThreads {
  #threads = new Map();

  /** The thread of a chat, new if it is not kept. The one that was open longest ago is let go. */
  open(id) {
    const thread = this.#threads.get(id) ?? new Thread(id);
    this.#threads.delete(id);
    this.#threads.set(id, thread);
    if (this.#threads.size > MOST) this.#threads.delete([...this.#threads.keys()][0]);
    return thread;
  }

  /** @param {(thread: Thread) => void} change of a chat that may be kept here */
  change(id, change) {
    const thread = this.#threads.get(id);
    if (!thread) return;
    change(thread);
    thread.changes++;
  }

  drop(id) {
    this.#threads.delete(id);
  }
}
