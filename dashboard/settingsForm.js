// @ts-check
// The server's settings of some groups as one form.
import { app } from './app.js';
import { el } from './dom.js';
import { form } from './form.js';
import { groupName, groupOf, SettingField } from './settingField.js';

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
    if (changed.length) await app.api.change(Object.fromEntries(changed.map(field => [field.key, field.value])));
    for (const field of changed) field.kept();
    app.refreshMe();
    return changed.length;
  };
  const groups = [...new Set(fields.map(field => groupOf(field.key)))];
  const parts = groups.map(group => [
    groups.length > 1 && el('h3', groupName(group)),
    intro(group, fields),
    fields.filter(field => groupOf(field.key) === group).map(field => field.node),
  ]);
  return [
    form('Save', async () => app.toast.show((await save()) ? 'Saved.' : 'Nothing has changed.'), parts),
    more({ fields, save, all }),
  ];
}
