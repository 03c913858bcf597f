import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Info } from '../../contract/client';
import { picture } from '../../contract/pictures';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';
import { serveFunctionUrl } from '../../contract/runtime/function-url';
import { runtimeClient, unsupported } from '../../contract/runtime/install';
import { LambdaFunction } from '../../contract/runtime/lambda-function';
import { describeUnless } from '../left-out';

const reason = unsupported();

// What docs/contract.md does not say: test/contract/lambda.test.ts has all of that.
describeUnless(reason, 'The service on Lambda', () => {
  let bundle: ReturnType<typeof unpackBundle>;
  let lambda: LambdaFunction;
  let front: Awaited<ReturnType<typeof serveFunctionUrl>>;

  beforeAll(async () => {
    bundle = unpackBundle();
    const environment = { SERVICE_OPTION: 'lambda' };
    const configuration = { code: bundle.folder, handler: 'lambda.handler', client: runtimeClient(), memoryMiB: 1769 };
    lambda = new LambdaFunction({ ...configuration, environment });
    front = await serveFunctionUrl(lambda);
  });
  afterAll(async () => {
    await front.close();
    await lambda.stop();
    bundle.remove();
  });

  it('reports the memory of its function, not of the machine', async () => {
    const info = Info.parse(await (await fetch(`${front.url}/info`)).json());
    expect(info).toMatchObject({ option: 'lambda', memoryMiB: 1769 });
  });

  it("answers under Lambda's own request id where the caller has none", async () => {
    const { headers } = await fetch(`${front.url}/info`);
    expect(headers.get('X-Request-Id')).toBe(headers.get('x-amzn-RequestId'));
    const named = await fetch(`${front.url}/info`, { headers: { 'X-Request-Id': 'of-the-caller' } });
    expect(named.headers.get('X-Request-Id')).toBe('of-the-caller');
  });

  it('logs one line of JSON a request, with the time and level that Lambda filters by and both ids', async () => {
    const logged = lambda.logs.length;
    const { headers } = await fetch(`${front.url}/thumbnails?width=32`, {
      method: 'POST',
      body: picture('cat.jpg'),
      headers: { 'X-Request-Id': 'of-the-caller', 'Content-Type': 'image/jpeg' },
    });
    // All that it wrote has been read when it has ended; the next request starts it anew.
    await lambda.stop();
    const lines = lambda.logs.slice(logged);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      level: 'info',
      message: 'request',
      requestId: 'of-the-caller',
      awsRequestId: headers.get('x-amzn-RequestId'),
      path: '/thumbnails',
      status: 200,
    });
  });

  const infoFrom = async (url: string): Promise<Info> => Info.parse(await (await fetch(`${url}/info`)).json());

  describe('says whether a caller waited for its initialisation', () => {
    const functions: LambdaFunction[] = [];
    const fronts: (typeof front)[] = [];
    const served = async (type: string | undefined): Promise<string> => {
      const environment = {
        ...lambda.configuration.environment,
        ...(type && { AWS_LAMBDA_INITIALIZATION_TYPE: type }),
      };
      const started = new LambdaFunction({ ...lambda.configuration, environment });
      functions.push(started);
      fronts.push(await serveFunctionUrl(started));
      return fronts.at(-1)?.url ?? '';
    };
    afterEach(async () => {
      await Promise.all(fronts.splice(0).map((each) => each.close()));
      await Promise.all(functions.splice(0).map((each) => each.stop()));
    });

    it('cold, once for each environment that first requests at once start', async () => {
      const url = await served('on-demand');
      const first = await Promise.all([infoFrom(url), infoFrom(url), infoFrom(url)]);
      expect(first.map(({ start }) => start)).toEqual(['cold', 'cold', 'cold']);
      expect(await infoFrom(url)).toMatchObject({ start: 'warm', requests: 2 });
    });

    it('warm, where concurrency is provisioned: also the first requests at once', async () => {
      const url = await served('provisioned-concurrency');
      const first = await Promise.all([infoFrom(url), infoFrom(url)]);
      expect(first.map(({ start, requests }) => ({ start, requests }))).toEqual(
        Array.from({ length: 2 }, () => ({ start: 'warm', requests: 1 })),
      );
    });

    it('warm, where a keep-warm ping or an event that is no request has been there before', async () => {
      const url = await served('on-demand');
      await fetch(`${url}/health`);
      expect(await infoFrom(url)).toMatchObject({ start: 'warm', requests: 1 });

      const other = await served('on-demand');
      await functions.at(-1)?.invoke({ source: 'aws.events' });
      expect(await infoFrom(other)).toMatchObject({ start: 'warm', requests: 1 });
    });
  });

  it.each([
    ['provisioned-concurrency', true],
    ['on-demand', false],
  ])('has the image library loaded when it asks for its first event: %s: %s', async (type, isLoaded) => {
    const [command = '', ...args] = runtimeClient();
    let child: ChildProcess | undefined;
    const runtime = http.createServer();
    try {
      runtime.listen(0, '127.0.0.1');
      await once(runtime, 'listening');
      const { port } = runtime.address() as AddressInfo;
      const firstNext = once(runtime, 'request');
      child = spawn(command, args, {
        cwd: bundle.folder,
        stdio: 'ignore',
        env: {
          PATH: process.env['PATH'],
          _HANDLER: 'lambda.handler',
          LAMBDA_TASK_ROOT: bundle.folder,
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
          AWS_LAMBDA_FUNCTION_NAME: 'function',
          AWS_LAMBDA_FUNCTION_VERSION: '1',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
          AWS_LAMBDA_INITIALIZATION_TYPE: type,
          SERVICE_OPTION: 'lambda',
        },
      });
      const [request] = (await firstNext) as [http.IncomingMessage];
      expect(request.url).toBe('/2018-06-01/runtime/invocation/next');
      expect(readFileSync(`/proc/${child.pid}/maps`, 'utf8').includes('libvips')).toBe(isLoaded);
    } finally {
      child?.kill('SIGKILL');
      runtime.closeAllConnections();
      runtime.close();
    }
  });

  it('answers a keep-warm or test event that is no HTTP request with an error, and lives on', async () => {
    expect((await lambda.invoke({ source: 'aws.events' })).functionError).toBe('Unhandled');
    expect((await fetch(`${front.url}/health`)).status).toBe(200);
  });
});
