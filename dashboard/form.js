// @ts-check
// Forms of the settings.
import { el } from './dom.js';

/** A form with one button. What `act` throws is said below it. */
export function form(submitText, act, ...kids) {
  const submit = el('button.btn.pri', submitText);
  const complaint = el('p.bad.small', { role: 'alert' });
  const node = el('form', { noValidate: true }, kids, submit, complaint);
  node.onsubmit = async event => {
    event.preventDefault();
    complaint.textContent = '';
    submit.disabled = true;
    try {
      await act(node);
    } catch (error) {
      complaint.textContent = error.message;
    } finally {
      submit.disabled = false;
    }
  };
  return node;
}

export const input = (id, label, properties, hint) =>
  el(
    'div.field',
    el('label', { htmlFor: id }, label),
    el(properties.rows ? 'textarea' : 'input', { id, required: true, ...properties }),
    hint && el('p.hint', hint),
  );
