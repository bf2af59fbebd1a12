// @ts-check
// All tags that are in use.
import { app } from './app.js';
import { soon } from './time.js';

export class Tags {
  all = /** @type {string[]} */ ([]);

  load = soon(async () => {
    try {
      this.all = (await app.api.tags()).map(one => one.tag);
      app.draw();
    } catch {
      // The next change asks again.
    }
  }, 300);

  /** A chat may bring a tag that is new here. */
  met(tags = []) {
    if (tags.some(tag => !this.all.includes(tag))) this.load();
  }
}
