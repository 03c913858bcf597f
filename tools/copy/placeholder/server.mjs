// Put your program in the place of this one. What the stack expects of it: it listens on PORT, answers GET /health with
// 200 once it can work, and ends on SIGTERM when it has finished what it has begun. As a Lambda Web Function it listens
// on the host and port of AWS_LAMBDA_HTTP_ENDPOINT.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const known = request.url === '/' || request.url === '/health';
  response.writeHead(known ? 200 : 404, { 'content-type': 'text/plain' }).end(known ? 'ok\n' : 'not found\n');
});
const [host, port] = process.env.AWS_LAMBDA_HTTP_ENDPOINT?.split(':') ?? [process.env.HOST, process.env.PORT];
server.listen(Number(port ?? 8080), host ?? '0.0.0.0');
process.on('SIGTERM', () => server.close());
