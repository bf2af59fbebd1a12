// @ts-check
// Putting a conversation off until later.
import { app } from './app.js';
import { asked } from './dialogs.js';
import { $, button, el, fill } from './dom.js';
import { t } from './language.js';
import { Menu } from './menu.js';
import { clock, dates, wakesAt } from './time.js';

const hour = (days, hours) => {
  const date = new Date(clock.now());
  date.setDate(date.getDate() + days);
  date.setHours(hours, 0, 0, 0);
  return date;
};

/** What is offered: three hours from now, unless it is late; tomorrow; next week. */
function offers() {
  const now = new Date(clock.now());
  const later = now.getHours() + 3;
  return [
    later < 22 && [t('Later today'), hour(0, later + (now.getMinutes() > 30 ? 1 : 0))],
    [t('Tomorrow morning'), hour(1, 9)],
    [t('Next Monday'), hour((8 - now.getDay()) % 7 || 7, 9)],
  ].filter(Boolean);
}

/** As a field for date and time has it: local, to the minute. */
const local = date => new Date(date.getTime() - date.getTimezoneOffset() * 6e4).toISOString().slice(0, 16);

export class Snooze {
  #menu = new Menu($('#snz'), $('#snz-m'), () => this.#fill());
  constructor() {
    $('#snz-i').onclick = () => this.open();
  }
  open() {
    this.#menu.open();
  }

  #fill() {
    const item = (text, hint, act) => button('', [text, el('span.dim', hint)], act, { role: 'menuitem' });
    const weekday = dates({ weekday: 'short', hour: '2-digit', minute: '2-digit' });
    fill(
      $('#snz-m'),
      app.chat?.snoozed_until && item(t('Back to the inbox'), '', () => app.actions.snooze(app.chat, null)),
      offers().map(([text, date]) => item(text, weekday.format(date), () => app.actions.snooze(app.chat, date.toISOString()))),
      item(t('Choose…'), '', () => this.#choose(app.chat)),
    );
  }

  async #choose(chat) {
    const [first, last] = [new Date(clock.now() + 6e4), new Date(clock.now() + 364 * 864e5)];
    const field = el('input', {
      id: 'until',
      type: 'datetime-local',
      value: local(hour(1, 9)),
      min: local(first),
      max: local(last),
      ariaLabel: t('Until when'),
      required: true,
    });
    const fits = await asked({
      title: t('Snooze until …'),
      text: t('It comes back then, or as soon as they write.'),
      yes: t('Snooze'),
      more: field,
    });
    if (fits && field.value) app.actions.snooze(chat, new Date(field.value).toISOString());
  }
}

/** The words for a time until which a chat is put off. */
export const snoozedUntil = iso => t('Snoozed until {time}', { time: wakesAt(iso) });
