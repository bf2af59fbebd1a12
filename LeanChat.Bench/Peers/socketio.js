// Socket.IO as its documentation uses it: a socket joins a room, what it says goes to everybody in there.
const { Server } = require('socket.io');
const http = require('http');

const server = http.createServer();
const io = new Server(server, { transports: ['websocket'], serveClient: false });

io.on('connection', (socket) => {
  let room;
  socket.on('join', (topic, done) => {
    room = topic;
    socket.join(topic);
    done();
  });
  socket.on('m', (text) => io.to(room).emit('m', text));
});

server.listen(Number(process.argv[2]), '127.0.0.1');
