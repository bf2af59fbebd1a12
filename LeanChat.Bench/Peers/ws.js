// ws as its documentation uses it: the first message says the topic, each later one goes to every socket of that topic.
const { WebSocketServer } = require('ws');

const topics = new Map();

new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false }).on('connection', (socket) => {
  let members;
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.join) {
      members = topics.get(message.join) ?? new Set();
      topics.set(message.join, members.add(socket));
      socket.send('{"ready":true}');
    } else {
      const text = JSON.stringify(message);
      for (const member of members) member.send(text);
    }
  });
  socket.on('close', () => members?.delete(socket));
});
