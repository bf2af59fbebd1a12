// @ts-check
// A row of the list that is drawn aside on a touch screen is archived.

/** Pixels after which letting go archives. */
const FAR = 96;
/** Pixels after which a finger is known to go sideways. */
const SIDEWAYS = 16;

/**
 * @param {HTMLElement} list
 * @param {(id: string) => void} act
 */
export function archiveBySwipe(list, act) {
  let row = /** @type {any} */ (null);
  let [x, y, far] = [0, 0, 0];
  const settle = () => {
    row?.parentNode.classList.remove('drawn', 'far');
    row?.style.removeProperty('translate');
    row = null;
    far = 0;
  };
  const passive = { passive: true };
  list.addEventListener(
    'touchstart',
    ({ touches, target }) => {
      settle();
      row = touches.length === 1 ? /** @type {Element} */ (target).closest('.row') : null;
      [x, y] = [touches[0].clientX, touches[0].clientY];
    },
    passive,
  );
  list.addEventListener(
    'touchmove',
    ({ touches }) => {
      if (!row) return;
      const [aside, down] = [touches[0].clientX - x, touches[0].clientY - y];
      if (!far && Math.abs(aside) < SIDEWAYS) {
        if (Math.abs(down) > SIDEWAYS) row = null;
        return;
      }
      far = aside;
      row.style.translate = `${aside}px`;
      row.parentNode.classList.add('drawn');
      row.parentNode.classList.toggle('far', Math.abs(aside) > FAR);
    },
    passive,
  );
  list.addEventListener('touchcancel', settle);
  list.addEventListener('touchend', event => {
    const id = Math.abs(far) > FAR && row?.dataset.id;
    // What was a swipe is no tap.
    if (far) event.preventDefault();
    settle();
    if (id) act(id);
  });
}
