// Runs clients.js in Node: commands come as JSON lines, what the client hears goes out as JSON lines.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import './clients.js';

const [, , folder, kind, options] = process.argv;
const require = createRequire(folder + '/');
// Packages that are modules: what `import` would take.
const load = path => import(`${folder}/node_modules/${path}`);

// What ActionCable expects of a page.
globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};
globalThis.document ??= { visibilityState: 'visible' };

const { WebSocket } = require('ws');
const ActionCable = require('@rails/actioncable');
ActionCable.adapters.WebSocket = WebSocket;
const libs = {
  ActionCable,
  Pusher: require('pusher-js'),
  Echo: (await load('laravel-echo/dist/echo.js')).default,
  io: require('socket.io-client').io,
  EventSource: (await load('eventsource/dist/index.js')).EventSource,
};

const client = openClient(libs, kind, JSON.parse(options), event => process.stdout.write(JSON.stringify(event) + '\n'));
createInterface({ input: process.stdin }).on('line', line => {
  const [name, ...rest] = JSON.parse(line);
  client[name](...rest);
}).on('close', () => process.exit(0));
