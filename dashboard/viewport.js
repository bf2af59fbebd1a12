// @ts-check
// A phone's keyboard covers the page, which CSS does not notice: this passes the visible part on to CSS.
import { phone } from './screen.js';

function fit() {
  const view = window.visualViewport;
  const style = document.documentElement.style;
  const on = phone.matches && view?.scale < 1.01;
  style.setProperty('--vh', on ? `${view.height}px` : '');
  style.setProperty('--vt', on ? `${view.offsetTop}px` : '');
}

export function fitViewport() {
  for (const kind of ['resize', 'scroll']) window.visualViewport?.addEventListener(kind, fit);
  fit();
}
