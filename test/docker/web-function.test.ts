import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createHttpServer } from '../../docker/connections';
import { afterWholeRequest, webFunctionAddress } from '../../docker/web-function';

test.each([
  ['0.0.0.0:3000', { hostname: '0.0.0.0', port: 3_000 }],
  ['localhost:65535', { hostname: 'localhost', port: 65_535 }],
  ['[::1]:8080', { hostname: '::1', port: 8_080 }],
])('Lambda says %s, and the server listens there', (text, address) =>
  expect(webFunctionAddress({ AWS_LAMBDA_HTTP_ENDPOINT: text })).toEqual(address),
);

test.each([{}, { AWS_LAMBDA_HTTP_ENDPOINT: '' }])('with %p it runs elsewhere', (env) =>
  expect(webFunctionAddress(env)).toBeUndefined(),
);

test.each(['3000', 'localhost', 'localhost:', 'localhost:65536', ':3000', '::1:3000', 'http://localhost:3000'])(
  'an address of %s is refused, by name and value',
  (text) =>
    expect(() => webFunctionAddress({ AWS_LAMBDA_HTTP_ENDPOINT: text })).toThrow(
      `AWS_LAMBDA_HTTP_ENDPOINT is ${JSON.stringify(text)}: it must be a host and a port`,
    ),
);

test('the answer to a request that never reaches the service waits for the whole of it, too', async () => {
  const server = createHttpServer({
    answer: (_, response) => void response.end(),
    refuse: (problem) => problem.toResponse('id'),
    whenAllowed: afterWholeRequest,
    isStopping: () => false,
    maxBodyBytes: 1000,
    isArrivalLimited: true,
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const answers: string[] = [];
  socket.on('data', (chunk) => answers.push(chunk.toString()));
  const arrived = once(server, 'request');
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 10\r\n\r\nhalf ');
  await arrived;
  for (let i = 0; i < 10; i += 1) await setImmediate();
  expect(answers).toEqual([]);
  socket.write('more.');
  await once(socket, 'data');
  expect(answers.join('')).toMatch(/^HTTP\/1\.1 400 [^]*2 Host headers/);
  socket.destroy();
  server.close();
});
