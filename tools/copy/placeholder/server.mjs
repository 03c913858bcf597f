// Put your program in the place of this one. What the stack expects of it: it listens on PORT, answers GET /health with
// 200 once it can work, and ends on SIGTERM when it has finished what it has begun.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const known = request.url === '/' || request.url === '/health';
  response.writeHead(known ? 200 : 404, { 'content-type': 'text/plain' }).end(known ? 'ok\n' : 'not found\n');
});
server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? '0.0.0.0');
process.on('SIGTERM', () => server.close());
