// ws and better-sqlite3: a message gets the next number of its chat and goes out once its transaction is committed and synced.
// Arguments: the port, the database, and `message` (a transaction for each) or `turn` (one for all of a turn of the event loop).
const fs = require('fs');
const path = require('path');
const { WebSocketServer } = require('ws');
const Database = require('better-sqlite3');

const [port, file, unit] = process.argv.slice(2);
const sql = (name) => fs.readFileSync(path.join(__dirname, name), 'utf8');
const database = new Database(file);
database.exec(sql('messages.sql'));
const insert = database.prepare(sql('insert.sql')).pluck();
// A transaction, not the insert alone: `get` does not report a commit that fails.
const store = database.transaction((messages) => {
  for (const message of messages) message.seq = insert.get(message);
});

const chats = new Map();
let waiting = [];

function post(message) {
  if (unit === 'message') {
    commit([message]);
  } else if (waiting.push(message) === 1) {
    setImmediate(() => {
      const messages = waiting;
      waiting = [];
      commit(messages);
    });
  }
}

function commit(messages) {
  store(messages);
  for (const { chat, seq, content, createdAt } of messages) {
    const text = JSON.stringify({ seq, content, created_at: createdAt });
    for (const member of chats.get(chat)) member.send(text);
  }
}

new WebSocketServer({ host: '127.0.0.1', port: Number(port), perMessageDeflate: false }).on('connection', (socket) => {
  let chat;
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.join) {
      chat = message.join;
      chats.set(chat, (chats.get(chat) ?? new Set()).add(socket));
      socket.send('{"ready":true}');
    } else {
      post({ chat, content: message.text, createdAt: new Date().toISOString() });
    }
  });
  socket.on('close', () => chats.get(chat)?.delete(socket));
});
