// @ts-check
// The server's settings of some groups as one form.
import { ApiError } from './api.js';
import { app } from './app.js';
import { el } from './dom.js';
import { form } from './form.js';
import { t } from './language.js';
import { groupName, groupOf, sectionOf, SettingField } from './settingField.js';

/** The server's sentence about one setting begins with its key: it belongs to the field, which has a name for people. */
function atField(error, fields) {
  const [, key, rest] = /^(?:LeanChat:)?([\w:]+) (.+)$/s.exec(error.message) ?? [];
  const field = fields.find(one => one.key === key);
  if (!field) return error;
  const sentence = t(`{field} ${rest.replace(/^cannot be ".*": it /s, '')}`, { field: field.name });
  field.complain(sentence);
  return Object.assign(new ApiError(error.status, sentence), { field });
}

/**
 * @param {(group: string) => boolean} isMine which groups
 * @param {(parts: { fields: SettingField[], save: () => Promise<number>, all: any }) => any} more what stands below the form
 * @param {(group: string, fields: SettingField[]) => any} intro what stands above a group
 */
export async function settingsForm(isMine, more = () => null, intro = () => null) {
  const all = await app.api.settings();
  const fields = Object.entries(all)
    .filter(([key]) => isMine(groupOf(key)) && key !== 'IdentitySecret')
    .map(([key, value]) => new SettingField(key, value));
  const save = async () => {
    const changed = fields.filter(field => field.changed);
    for (const field of fields) field.complain('');
    try {
      if (changed.length) await app.api.change(Object.fromEntries(changed.map(field => [field.key, field.value])));
    } catch (error) {
      throw atField(error, changed);
    }
    for (const field of changed) field.kept();
    app.refreshMe();
    return changed.length;
  };
  const groups = [...new Set(fields.map(field => sectionOf(field.key)))];
  const parts = groups.map(group => [
    groups.length > 1 && el('h3', groupName(group)),
    intro(group, fields),
    // An editor may have taken the field in.
    fields.filter(field => sectionOf(field.key) === group && !field.node.parentNode).map(field => field.node),
  ]);
  const submit = async () => app.toast.show((await save()) ? t('Saved.') : t('Nothing has changed.'));
  const sheet = form(t('Save'), submit, parts, more({ fields, save, all }));
  sheet.classList.add('sheet');
  app.settings.edited = () => sheet.isConnected && fields.some(field => field.changed);
  return [sheet];
}
