// @ts-check
// Where the script of settings, numbers and first steps starts.
import { FirstDay } from './firstDay.js';
import { Numbers } from './numbers.js';
import { Settings } from './settings.js';

export const onDemandPart = () => ({ settings: new Settings(), numbers: new Numbers(), firstDay: new FirstDay() });
