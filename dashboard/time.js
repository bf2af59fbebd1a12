// @ts-check
// The server’s time, and times in words.
import { $ } from './dom.js';
import { LOCALE, t } from './language.js';

/** The server's time: the browser's clock may be hours off. */
export const clock = {
  skew: 0,
  now() {
    return Date.now() + this.skew;
  },
  iso() {
    return new Date(this.now()).toISOString();
  },
  learn(date) {
    // The header knows whole seconds.
    const off = Date.parse(date) + 500 - Date.now();
    if (Math.abs(off - this.skew) > 1500) this.skew = off;
  },
};

export const dates = options => new Intl.DateTimeFormat(LOCALE, options);

export const TIME = dates({ timeStyle: 'short' });

export const FULL = dates({ dateStyle: 'full', timeStyle: 'short' });

const SOON = dates({ weekday: 'short', hour: '2-digit', minute: '2-digit' });

const DAY = dates({ weekday: 'long', day: 'numeric', month: 'long' });

export const DATE = dates({ day: 'numeric', month: 'short' });

export const YEAR = dates({ day: 'numeric', month: 'short', year: 'numeric' });

// Narrow is well only in English: in French it is -5 min.
const AGO = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto', style: /^en/.test(LOCALE) ? 'narrow' : 'short' });

const sameYear = date => date.getFullYear() === new Date(clock.now()).getFullYear();

const daysAgo = date => Math.round((new Date(clock.now()).setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 864e5);

export function ago(iso) {
  const date = new Date(iso);
  const seconds = (clock.now() - date.getTime()) / 1000;
  const days = daysAgo(date);
  if (seconds < 60) return AGO.format(0, 'second');
  if (seconds < 3600) return AGO.format(-Math.floor(seconds / 60), 'minute');
  if (days < 1) return AGO.format(-Math.floor(seconds / 3600), 'hour');
  if (days < 7) return AGO.format(-days, 'day');
  return (sameYear(date) ? DATE : YEAR).format(date);
}

export function dayName(date) {
  const days = daysAgo(date);
  return days < 2 ? [t('Today'), t('Yesterday')][Math.max(days, 0)] : sameYear(date) ? DAY.format(date) : YEAR.format(date);
}

/** When something comes back: the time today, the weekday within a week, else the date. */
export function wakesAt(iso) {
  const date = new Date(iso);
  const days = -daysAgo(date);
  if (days < 1) return TIME.format(date);
  return days < 7 ? SOON.format(date) : DATE.format(date);
}

export const soon = (act, ms = 16) => {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      act();
    }, ms);
  };
};

export const wait = ms => new Promise(done => setTimeout(done, ms));
