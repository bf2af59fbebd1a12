// @ts-check
// Where the dashboard starts.
import { app } from './app.js';

app.start();
