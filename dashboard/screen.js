// @ts-check
// What this device is like, and whether somebody looks at it.

export const permission = () => window.Notification?.permission ?? 'denied';

export const seen = () => !document.hidden;

export const touch = matchMedia('(pointer: coarse)');

/** One pane at a time. A phone on its side is a phone, too. */
export const phone = matchMedia('(max-width: 719px), (max-height: 480px)');
