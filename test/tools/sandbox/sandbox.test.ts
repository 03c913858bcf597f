import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Runner, Running } from '../../../tools/runners';
import { type PictureAnswer, Sandbox } from '../../../tools/sandbox/sandbox';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A service that answers as the real one does, as far as the sandbox looks at it. */
const service: RequestListener = (request, response) => {
  if (request.url === '/info') {
    response.end('{"service":"thumbnails","limits":{}}');
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    response.setHeader('Content-Type', 'image/webp');
    response.setHeader('Server-Timing', 'app;dur=1.5;desc=warm');
    response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`);
  });
};

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const runner = (name: string, changes: Partial<Runner> = {}, running: Partial<Running> = {}): Runner => ({
  name,
  ...{ title: name, stack: 'Ec2', runsAs: '', notShown: '' },
  lacks: () => undefined,
  start: async () => ({ url: await listen(service), stop: () => Promise.resolve(), ...running }),
  ...changes,
});

const sandboxOf = (runners: readonly Runner[], changes: Partial<ConstructorParameters<typeof Sandbox>[0]> = {}) => {
  const lines: string[] = [];
  const sandbox = new Sandbox({ runners, folder: '/nowhere', progress: (line) => lines.push(line), ...changes });
  return { sandbox, lines };
};
const states = ({ options }: Sandbox): string[] => options.map(({ name, state }) => `${name} ${state}`);

async function answersOf(sandbox: Sandbox, signal = new AbortController().signal): Promise<PictureAnswer[]> {
  const answers: PictureAnswer[] = [];
  for await (const answer of sandbox.send(Buffer.from('a picture'), 'width=64', signal)) answers.push(answer);
  return answers;
}

test('what lacks something, fails or answers wrongly is named with its reason, and the others run', async () => {
  const stopped: string[] = [];
  const { sandbox, lines } = sandboxOf([
    runner('lacking', { lacks: () => 'there is no such thing; run: npm run thing' }),
    runner('throwing', {
      lacks: () => {
        throw new Error('the bundle must be made first');
      },
    }),
    runner('failing', { start: () => Promise.reject(new Error('ENOSPC: no space left on device')) }),
    runner('wrong', {
      start: async () => ({
        url: await listen((_, response) => response.writeHead(503).end()),
        stop: () => Promise.resolve(void stopped.push('wrong')),
      }),
    }),
    runner('right'),
  ]);
  await sandbox.start();
  expect(states(sandbox)).toEqual([
    ...['lacking missing', 'throwing missing', 'failing missing', 'wrong missing', 'right running'],
  ]);
  expect(lines).toEqual(
    expect.arrayContaining([
      'lacking is not here: there is no such thing; run: npm run thing',
      'throwing is not here: the bundle must be made first',
      'failing is not here: ENOSPC: no space left on device',
      'wrong is not here: it answered GET /info with status 503',
    ]),
  );
  expect(stopped).toEqual(['wrong']);
});

test('as many start at once as are allowed, and those that start alone do so after all others', async () => {
  const events: string[] = [];
  let [now, most] = [0, 0];
  const counted = (name: string, startsAlone = false): Runner =>
    runner(name, {
      startsAlone,
      start: async () => {
        most = Math.max(most, (now += 1));
        events.push(`${name} with ${now - 1}`);
        const url = await listen(service);
        now -= 1;
        return { url, stop: () => Promise.resolve() };
      },
    });
  const { sandbox } = sandboxOf(
    [counted('java 1', true), counted('a'), counted('b'), counted('java 2', true), counted('c')],
    { atOnce: 2 },
  );
  await sandbox.start();
  expect(most).toBe(2);
  expect(events.slice(-2)).toEqual(['java 1 with 0', 'java 2 with 0']);
  expect(sandbox.options.every(({ state }) => state === 'running')).toBe(true);
});

test('what only lacked what is being installed starts when that is there; what still lacks it is named', async () => {
  let isThere = false;
  const { sandbox } = sandboxOf(
    [runner('needs it', { lacks: () => (isThere ? undefined : 'not installed') }), runner('has all')],
    { prepare: () => Promise.resolve(void (isThere = true)) },
  );
  await sandbox.start();
  expect(states(sandbox)).toEqual(['needs it running', 'has all running']);

  const offline = sandboxOf([runner('needs it', { lacks: () => 'not installed' }), runner('has all')], {
    prepare: () => Promise.reject(new Error('Could not fetch it from the npm registry')),
  });
  await offline.sandbox.start();
  expect(states(offline.sandbox)).toEqual(['needs it missing', 'has all running']);
  expect(offline.lines).toContain('Could not fetch it from the npm registry');
});

test('a picture is sent to one after another, and each answer has its time and what came of it', async () => {
  const refusing: RequestListener = (request, response) => {
    if (request.url === '/info') return void response.end('{"limits":{}}');
    request.resume();
    response.writeHead(413, { 'Content-Type': 'application/problem+json' });
    response.end('{"title":"Too large","detail":"At most 4 MiB."}');
  };
  const sample: RequestListener = (_, response) => response.end('{"service":"thumbnails"}');
  const broken: RequestListener = (request, response) => {
    if (request.url === '/info') response.end('{"limits":{}}');
    else request.socket.destroy();
  };
  const at = (name: string, listener: RequestListener): Runner =>
    runner(name, { start: async () => ({ url: await listen(listener), stop: () => Promise.resolve() }) });
  const { sandbox } = sandboxOf([
    at('good', service),
    at('refusing', refusing),
    at('sample', sample),
    at('broken', broken),
    runner('missing', { lacks: () => 'not here' }),
  ]);
  await sandbox.start();
  const answers = await answersOf(sandbox);
  expect(answers).toEqual([
    {
      name: 'good',
      status: 200,
      ms: expect.any(Number) as number,
      insideMs: 1.5,
      thumbnail: {
        type: 'image/webp',
        base64: Buffer.from('POST /thumbnails?width=64 a picture').toString('base64'),
        bytes: 35,
      },
    },
    { name: 'refusing', status: 413, ms: expect.any(Number) as number, why: 'Too large. At most 4 MiB.' },
    { name: 'sample', status: 200, ms: expect.any(Number) as number },
    { name: 'broken', why: 'it closed the connection without an answer' },
  ]);
});

test('after all answers the picture is put to the bucket of a pipeline, and what that made is shown, or why it made nothing', async () => {
  const uploaded = {
    ms: 270,
    thumbnails: [{ width: 160, type: 'image/webp', base64: 'AAAA', bytes: 3 }],
  };
  const pictures: string[] = [];
  const making = (picture: Buffer) => {
    pictures.push(picture.toString());
    return Promise.resolve(uploaded);
  };
  const { sandbox } = sandboxOf([
    runner('deployed', {}, { upload: making }),
    runner(
      'refusing',
      {},
      { upload: () => Promise.reject(new Error('the pipeline put it into its dead-letter queue')) },
    ),
    runner('plain'),
  ]);
  await sandbox.start();
  const answers = await answersOf(sandbox);
  expect(answers.map(({ name, status }) => [name, status])).toEqual([
    ...[
      ['deployed', 200],
      ['refusing', 200],
      ['plain', 200],
    ],
    ...[
      ['deployed', undefined],
      ['refusing', undefined],
    ],
  ]);
  expect(answers.slice(3)).toEqual([
    { name: 'deployed', uploaded },
    { name: 'refusing', uploaded: 'failed', why: 'the pipeline put it into its dead-letter queue' },
  ]);
  expect(pictures).toEqual(['a picture']);
});

test('a picture goes no further when its sender has gone', async () => {
  const { sandbox } = sandboxOf([runner('first'), runner('second')]);
  await sandbox.start();
  const gone = new AbortController();
  const names: string[] = [];
  for await (const { name } of sandbox.send(Buffer.from('a picture'), '', gone.signal)) {
    names.push(name);
    gone.abort();
  }
  expect(names).toEqual(['first']);
});

test('an option that does not start in its time is named, stopped when it starts later, and keeps no other waiting', async () => {
  const stopped: string[] = [];
  let proceed: () => void = () => undefined;
  const late = new Promise<void>((resolve) => (proceed = resolve));
  const hanging = runner('hanging', {
    start: async () => {
      await late;
      return { url: 'http://127.0.0.1:1', stop: () => Promise.resolve(void stopped.push('hanging')) };
    },
  });
  const { sandbox, lines } = sandboxOf([hanging, runner('right')], { atOnce: 1, startWithinMs: 200 });
  await sandbox.start();
  expect(states(sandbox)).toEqual(['hanging missing', 'right running']);
  expect(lines).toContain('hanging is not here: it did not start within 0.2 s');
  proceed();
  await new Promise(setImmediate);
  expect(stopped).toEqual(['hanging']);
});

test('a full disk is named, with what is free on it and what to do', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const { sandbox, lines } = sandboxOf([runner('large', { start: () => Promise.reject(full) })], { folder: __dirname });
  await sandbox.start();
  expect(lines).toEqual([
    expect.stringMatching(
      /^large is not here: the disk of \S+sandbox is full: \d+ of \d+ MB are free\. An option takes up to 25 MB there\. Make room, and start the sandbox again$/,
    ),
  ]);
});

test('an option that ends by itself is named, and is asked no more', async () => {
  let end: (how: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => (end = resolve));
  const { sandbox, lines } = sandboxOf([runner('dying', {}, { ended }), runner('living')]);
  await sandbox.start();
  const changed = new Promise<void>((resolve) => sandbox.onChange(resolve));
  end('the process ended by SIGKILL');
  await changed;
  expect(states(sandbox)).toEqual(['dying ended', 'living running']);
  expect(lines.at(-1)).toBe('dying has ended: the process ended by SIGKILL. The other options go on');
  expect((await answersOf(sandbox)).map(({ name }) => name)).toEqual(['living']);
});

test('the end stops all that run, also one that is only then started, and starts no more', async () => {
  const stopped: string[] = [];
  const stopping = (name: string) => ({ stop: () => Promise.resolve(void stopped.push(name)) });
  let proceed: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (proceed = resolve));
  const slow = runner('slow', {
    start: async () => {
      await asked;
      return { url: await listen(service), ...stopping('slow') };
    },
  });
  const { sandbox } = sandboxOf([runner('quick', {}, stopping('quick')), slow, runner('late', {}, stopping('late'))], {
    atOnce: 1,
  });
  const quickRuns = new Promise<void>((resolve) => {
    sandbox.onChange(() => {
      if (states(sandbox).includes('slow starting')) resolve();
    });
  });
  void sandbox.start();
  await quickRuns;
  const end = sandbox.stop();
  proceed();
  await end;
  expect(stopped.sort()).toEqual(['quick', 'slow']);
  expect(states(sandbox)).toContain('late waiting');
});
