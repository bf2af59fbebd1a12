// @ts-check
// Where the script of settings and numbers starts.
import { Numbers } from './numbers.js';
import { Settings } from './settings.js';

export const onDemandPart = () => ({ settings: new Settings(), numbers: new Numbers() });
