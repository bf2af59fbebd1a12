// @ts-check
// The page's language. The texts in the source are English; the server puts those of another language into the page.

/** English text → the same in the page's language. */
const DICTIONARY = new Map(Object.entries(/*<dictionary>*/{}/*</dictionary>*/));

const LANGUAGE = document.documentElement.lang;

/** The page's words, the reader's own clock. */
export const LOCALE = (() => {
  try {
    return `${LANGUAGE}-${new Intl.Locale(navigator.language).maximize().region}`;
  } catch {
    return LANGUAGE;
  }
})();

const RULES = new Intl.PluralRules(LANGUAGE);

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

/**
 * A text of ours in the page's language, never one that a person wrote. {name} becomes the value of that name. What the server adds
 * behind a semicolon is there only in English.
 */
export const t = (text, values = {}) => filled(DICTIONARY.get(text) ?? DICTIONARY.get(text.replace(/; .*/s, '.')) ?? text, values);

/** The values of a table in the page's language. */
export const texts = table => Object.fromEntries(Object.entries(table).map(([key, text]) => [key, t(text)]));

/** Text with a number {n}. Its forms are separated by |: for one and for more, in Polish for one, few and many. */
export function plural(n, forms, values = {}) {
  const all = (DICTIONARY.get(forms) ?? forms).split('|');
  const form = all[['one', 'few', 'many'].indexOf(RULES.select(n))] ?? all.at(-1);
  return filled(form, { n: n.toLocaleString(LOCALE), ...values });
}

// What stands in the page as it came. Nothing else is in it yet.
for (const node of DICTIONARY.size ? document.body.querySelectorAll('*') : []) {
  for (const name of ['title', 'aria-label', 'placeholder', 'alt'])
    if (node.hasAttribute(name)) node.setAttribute(name, t(node.getAttribute(name)));
  for (const kid of /** @type {any} */ (node.childNodes)) {
    const text = kid.nodeType === 3 && kid.data.trim();
    if (DICTIONARY.has(text)) kid.data = kid.data.replace(text, t(text));
  }
}
