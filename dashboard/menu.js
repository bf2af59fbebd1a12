// @ts-check
// A button and the menu that it opens.

export class Menu {
  #button;
  #box;
  #prepare;
  /**
   * @param {any} button
   * @param {any} box an element with role=menu; its buttons are the items
   * @param {() => void} prepare is called before it opens
   */
  constructor(button, box, prepare = () => {}) {
    this.#prepare = prepare;
    this.#button = button;
    this.#box = box;
    button.ariaHasPopup = 'menu';
    button.ariaExpanded = 'false';
    button.onclick = () => (box.hidden ? this.open() : this.close());
    box.onkeydown = event => this.#key(event);
    box.addEventListener('click', () => this.close(true));
    box.onfocusout = ({ relatedTarget: to }) => {
      if (to && to !== button && !box.contains(to)) this.close();
    };
    addEventListener('pointerdown', event => {
      const { target } = /** @type {any} */ (event);
      if (!box.contains(target) && !button.contains(target)) this.close();
    });
  }

  get #items() {
    return [...this.#box.querySelectorAll('button:not(:disabled)')].filter(item => item.offsetParent);
  }

  open() {
    this.#prepare();
    this.#box.hidden = false;
    this.#button.ariaExpanded = 'true';
    (this.#items.find(item => item.ariaChecked === 'true') ?? this.#items[0] ?? this.#button).focus();
  }

  close(back = false) {
    if (this.#box.hidden) return;
    this.#box.hidden = true;
    this.#button.ariaExpanded = 'false';
    // What the item did may have moved the focus, or hidden the button.
    if (back && this.#box.contains(document.activeElement)) this.#button.focus();
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = this.#items;
    if (event.key === 'Escape') {
      this.#button.focus();
      this.close();
    } else if (step) items[(items.indexOf(event.target) + step + items.length) % items.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
