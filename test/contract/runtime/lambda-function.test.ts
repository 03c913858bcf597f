import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runtimeClient, unsupported } from '../../../contract/runtime/install';
import {
  type FunctionConfiguration,
  InvokeError,
  LambdaFunction,
  MAX_EVENT_BYTES,
  MAX_RESPONSE_BYTES,
} from '../../../contract/runtime/lambda-function';
import { describeUnless } from '../../left-out';

const reason = unsupported();

/** Does what its event says. */
const HANDLER = `
  export const handler = async (event, context) => {
    console.log('called', event.do);
    if (event.do === 'throw') throw new TypeError('as told');
    if (event.do === 'exit') process.exit(3);
    if (event.do === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
    if (event.do === 'grow') return 'x'.repeat(event.characters);
    const remaining = context.getRemainingTimeInMillis();
    return { event, context, remaining, pid: process.pid, secret: process.env.LAMBDA_TEST_SECRET, cwd: process.cwd() };
  };`;

/** An extension that says what happens to it. */
const EXTENSION = `
  const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/';
  process.on('SIGTERM', () => { console.log('extension: told to end'); process.exit(0); });
  const body = JSON.stringify({ events: [] });
  const registered = await fetch(api + 'register', { method: 'POST', headers: { 'Lambda-Extension-Name': 'test' }, body });
  console.log('extension: registered, port ' + process.env.TEST_PORT);
  const headers = { 'Lambda-Extension-Identifier': registered.headers.get('Lambda-Extension-Identifier') };
  await fetch(api + 'event/next', { headers });
  console.log('extension: never');`;

interface Result {
  readonly event: unknown;
  readonly context: Record<string, unknown>;
  readonly remaining: number;
  readonly pid: number;
  readonly secret?: string;
  readonly cwd: string;
}

describeUnless(reason, 'A function under the Runtime API', () => {
  let code: string;
  const functions: LambdaFunction[] = [];
  const start = (configuration: Partial<FunctionConfiguration> = {}): LambdaFunction => {
    const started = new LambdaFunction({ code, handler: 'index.handler', client: runtimeClient(), ...configuration });
    functions.push(started);
    return started;
  };
  const result = async (lambda: LambdaFunction, event: unknown): Promise<Result> =>
    JSON.parse((await lambda.invoke(event)).payload) as Result;

  beforeAll(() => {
    code = mkdtempSync(path.join(os.tmpdir(), 'lambda-function-'));
    writeFileSync(path.join(code, 'index.mjs'), HANDLER);
    writeFileSync(path.join(code, 'extension.mjs'), EXTENSION);
    writeFileSync(path.join(code, 'broken.mjs'), "throw new RangeError('at load')");
  });
  afterEach(async () => {
    await Promise.all(functions.splice(0).map((lambda) => lambda.stop()));
  });
  afterAll(() => {
    rmSync(code, { recursive: true });
  });

  it('is given its event, its context and the time it has', async () => {
    const lambda = start({ memoryMiB: 640, timeoutMs: 5_000 });
    const { requestId, payload, functionError } = await lambda.invoke({ text: 'ü€\u2028', list: [1, null] });
    const { event, context, remaining, cwd } = JSON.parse(payload) as Result;
    expect(functionError).toBeUndefined();
    expect(event).toEqual({ text: 'ü€\u2028', list: [1, null] });
    expect(context).toMatchObject({
      awsRequestId: requestId,
      functionName: 'function',
      functionVersion: '$LATEST',
      memoryLimitInMB: '640',
      invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:function',
    });
    expect(remaining).toBeGreaterThan(3_000);
    expect(remaining).toBeLessThanOrEqual(5_000);
    expect(cwd).toBe(code);
  });

  it('sees its own environment variables, and none of the machine', async () => {
    process.env['LAMBDA_TEST_SECRET'] = 'of the machine';
    expect((await result(start(), {})).secret).toBeUndefined();
    expect((await result(start({ environment: { LAMBDA_TEST_SECRET: 'its own' } }), {})).secret).toBe('its own');
  });

  it('answers one event after another in the same process, and logs each under its id', async () => {
    const lambda = start();
    const [one, other] = [await result(lambda, { do: 'one' }), await result(lambda, { do: 'other' })];
    expect(other.pid).toBe(one.pid);
    // All that it wrote has been read when it has ended.
    await lambda.stop();
    const lines = lambda.logs.map((line) => JSON.parse(line) as { requestId: string; message: string });
    expect(lines.map(({ requestId, message }) => [requestId, message])).toEqual([
      [one.context['awsRequestId'], 'called one'],
      [other.context['awsRequestId'], 'called other'],
    ]);
  });

  it('hands an error to the caller and lives on', async () => {
    const lambda = start();
    const { pid } = await result(lambda, {});
    const { payload, functionError } = await lambda.invoke({ do: 'throw' });
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(payload)).toMatchObject({ errorType: 'TypeError', errorMessage: 'as told' });
    expect((await result(lambda, {})).pid).toBe(pid);
  });

  it('is started anew after a crash', async () => {
    const lambda = start();
    const { pid } = await result(lambda, {});
    const { requestId, payload, functionError } = await lambda.invoke({ do: 'exit' });
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(payload)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 3`,
    });
    expect((await result(lambda, {})).pid).not.toBe(pid);
  });

  it('is killed when its time is up, and started anew', async () => {
    const lambda = start({ timeoutMs: 300 });
    const { pid } = await result(lambda, {});
    const { payload } = await lambda.invoke({ do: 'hang' });
    expect(JSON.parse(payload)).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 0.30 seconds') as unknown,
    });
    expect((await result(lambda, {})).pid).not.toBe(pid);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('may answer 6 MB and 100 bytes, and not a byte more', async () => {
    const lambda = start();
    const quotes = 2;
    const largest = await lambda.invoke({ do: 'grow', characters: MAX_RESPONSE_BYTES - quotes });
    expect(largest.functionError).toBeUndefined();
    expect(largest.payload).toHaveLength(MAX_RESPONSE_BYTES);
    const { payload, functionError } = await lambda.invoke({ do: 'grow', characters: MAX_RESPONSE_BYTES - quotes + 1 });
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(payload)).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
    expect(await result(lambda, { do: 'more' })).toMatchObject({ event: { do: 'more' } });
  });

  it('is never asked with an event over 6 MB', async () => {
    const lambda = start();
    const quotes = 2;
    await expect(lambda.invoke('x'.repeat(MAX_EVENT_BYTES - quotes + 1))).rejects.toThrow(InvokeError);
    await expect(lambda.invoke('x'.repeat(MAX_EVENT_BYTES - quotes + 1))).rejects.toMatchObject({ status: 413 });
    expect(lambda.logs).toEqual([]);
  });

  it('tells why it could not be loaded, each time', async () => {
    const lambda = start({ handler: 'broken.handler' });
    for (const _ of ['once', 'again']) {
      const { payload, functionError } = await lambda.invoke({});
      expect(functionError).toBe('Unhandled');
      expect(JSON.parse(payload)).toMatchObject({ errorType: 'RangeError', errorMessage: 'at load' });
    }
    const { payload } = await start({ handler: 'index.none' }).invoke({});
    expect(JSON.parse(payload)).toMatchObject({ errorType: 'Runtime.HandlerNotFound' });
  });

  it('runs in as many processes as it has events at once, and no more than it may', async () => {
    const lambda = start({ maxConcurrency: 2 });
    const two = [result(lambda, {}), result(lambda, {})];
    await expect(lambda.invoke({})).rejects.toMatchObject({ status: 429 });
    const [one, other] = await Promise.all(two);
    expect(other?.pid).not.toBe(one?.pid);
    expect([one?.pid, other?.pid]).toContain((await result(lambda, {})).pid);
  });

  it('starts when its extension has registered, on a port of its own, and both get SIGTERM', async () => {
    const extension = [process.execPath, path.join(code, 'extension.mjs')];
    const lambda = start({ extension, portVariable: 'TEST_PORT', maxConcurrency: 2 });
    await Promise.all([result(lambda, {}), result(lambda, {})]);
    await lambda.stop();
    const said = lambda.logs.map((line) => /extension: \D+|called/.exec(line)?.[0]);
    expect(said[0]).toBe('extension: registered, port ');
    expect(said.filter((line) => line === 'called')).toHaveLength(2);
    expect(said.slice(-2)).toEqual(['extension: told to end', 'extension: told to end']);
    expect(said).not.toContain('extension: never');
    const ports = lambda.logs.flatMap((line) => /port (\d+)/.exec(line)?.[1] ?? []);
    expect(new Set(ports).size).toBe(2);
  });

  it('fails where its extension ends before it has registered', async () => {
    const { payload } = await start({ extension: [process.execPath, '-e', 'process.exit(4)'] }).invoke({});
    expect(JSON.parse(payload)).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('exit status 4') as unknown,
    });
  });

  it('says so where its runtime client is missing', async () => {
    const { payload } = await start({ client: ['/nowhere/node'] }).invoke({});
    expect(JSON.parse(payload)).toMatchObject({ errorType: 'Runtime.InvalidEntrypoint' });
  });
});
