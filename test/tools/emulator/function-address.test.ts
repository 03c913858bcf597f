import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type FunctionAddress, serveFunctionAddress } from '../../../tools/emulator/function-address';
import { ask } from '../../../tools/sandbox/ask';

const URL_OF_FUNCTION = 'https://abc123.lambda-url.eu-central-1.on.aws/';
let emulator: Server;
let endpoint: { url: string; environment: Record<string, string> };
beforeAll(async () => {
  emulator = createServer((incoming, response) => {
    void text(incoming).then((body) =>
      response.end(`${incoming.headers.host} ${incoming.method} ${incoming.url} ${body}`),
    );
  });
  await new Promise<void>((resolve) => emulator.listen(0, '127.0.0.1', resolve));
  endpoint = { url: `http://127.0.0.1:${(emulator.address() as AddressInfo).port}`, environment: {} };
});
afterAll(() => emulator.close());

const addresses: FunctionAddress[] = [];
afterEach(() => {
  for (const { close } of addresses.splice(0)) close();
});
async function serve(functionsBelow?: string): Promise<FunctionAddress> {
  const address = await serveFunctionAddress({ ...endpoint, functionsBelow }, URL_OF_FUNCTION);
  addresses.push(address);
  return address;
}

/** A request as another page of a browser would send it, by a name that leads here. */
const askAs = (url: string, host: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => resolve(response.resume()))
      .once('error', reject)
      .end();
  });

test('it answers by the host name of the function URL, and the emulator is asked by the name that it knows', async () => {
  const { url, byAddress } = await serve();
  expect(url).toMatch(/^http:\/\/abc123\.lambda-url\.eu-central-1\.localhost:\d+$/);
  const { body } = await ask(`${url}/thumbnails?width=64`, { method: 'POST', body: Buffer.from('a picture') });
  expect(body.toString()).toBe('abc123.lambda-url.eu-central-1.on.aws POST /thumbnails?width=64 a picture');
  expect((await ask(`${byAddress}/health`)).body.toString()).toContain('GET /health');
});

test('where the emulator keeps paths for itself, it is asked by the path of the function', async () => {
  const { url } = await serve('/_aws/lambda-url/');
  expect((await ask(`${url}/health`)).body.toString()).toContain('GET /_aws/lambda-url/abc123/health');
});

test('it answers under no other name, and listens on loopback only', async () => {
  const { byAddress } = await serve();
  expect((await askAs(byAddress, 'evil.example')).statusCode).toBe(421);
  expect(new URL(byAddress).hostname).toBe('127.0.0.1');
});

test('an emulator that is gone is named', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const address = await serveFunctionAddress({ url: `http://127.0.0.1:${port}`, environment: {} }, URL_OF_FUNCTION);
  addresses.push(address);
  const { status, body } = await ask(`${address.url}/info`);
  expect([status, body.toString()]).toEqual([502, expect.stringContaining('The emulator does not answer')]);
});
