import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetBucketNotificationConfigurationCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { uploadsIn } from '../../lambda/upload';
import {
  announcement,
  bulk,
  BulkError,
  queueFor,
  readAddress,
  readOptions,
  type Surroundings,
  waitUntilSettled,
} from '../../tools/bulk';
import { UsageError } from '../../tools/command-line';
import { anyText } from '../unicode';

const folder = mkdtempSync(path.join(tmpdir(), 'bulk-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const never = new AbortController().signal;

beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('what it is asked for', () => {
  test.each([
    ['s3://pictures/uploads/', 'pictures', 'uploads/'],
    ['s3://my.pictures-1/uploads/a b/ü', 'my.pictures-1', 'uploads/a b/ü'],
    ['s3://pictures', 'pictures', ''],
  ])('%s is bucket and prefix', (address, bucket, prefix) => {
    expect(readAddress([address])).toEqual({ bucket, prefix });
  });

  test.each([
    [['pictures/uploads'], '"pictures/uploads" is not an s3://bucket/prefix address.'],
    [['s3://'], '"s3://" is not an s3://bucket/prefix address.'],
    [['s3://UPPER/x'], '"s3://UPPER/x" is not an s3://bucket/prefix address.'],
    [['https://pictures/x'], 'is not an s3://bucket/prefix address.'],
    [['s3://one/', 's3://two/'], '"s3://one/ s3://two/" is not an s3://bucket/prefix address.'],
    [[], 'No address is given.'],
    [['s3://one/', '--page', '0'], '--page is "0": it must be a whole number from 1 to 1000.'],
    [['s3://one/', '--settle', 'x'], '--settle is "x": it must be a whole number from 0 to 3600.'],
    [['s3://one/', '--nonsense'], "Unknown option '--nonsense'"],
  ])('%j is refused', (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(message);
  });

  test('a run that makes all again is another than one that does not, and goes on by itself', () => {
    const stateOf = (...args: string[]) => readOptions(['s3://pictures/uploads/', ...args]).state;
    expect(stateOf('--again')).not.toBe(stateOf());
    expect(stateOf('--no-wait')).toBe(stateOf());
  });
});

test('the pipeline reads from its messages just what was found, whatever it is called', () => {
  const pictures = fc.record({
    key: anyText({ minLength: 1 }).map((name) => `uploads/${name}`),
    versionId: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    eTag: fc.string({ minLength: 1 }),
    size: fc.nat(),
  });
  fc.assert(
    fc.property(pictures, fc.option(fc.string(), { nil: undefined }), (picture, again) => {
      const { key, versionId = '', eTag, size } = picture;
      const [upload] = uploadsIn(announcement('pictures', picture, again));
      expect(upload).toMatchObject({ bucket: 'pictures', key, version: versionId, eTag, size });
      expect(upload?.again).toBe(again);
    }),
  );
});

describe('the queue that the bucket announces to', () => {
  const of = (arn: string, event: string, rules: Readonly<Record<string, string>> = {}) => ({
    QueueArn: arn,
    Events: [event as 's3:ObjectCreated:*'],
    Filter: { Key: { FilterRules: Object.entries(rules).map(([Name, Value]) => ({ Name: Name as 'prefix', Value })) } },
  });
  const at = (prefix: string) => ({ bucket: 'pictures', prefix });

  test('is the one that gets creations below that prefix', () => {
    const found = queueFor(
      [
        of('removed', 's3:ObjectRemoved:*'),
        of('other', 's3:ObjectCreated:*', { Prefix: 'other/' }),
        of('right', 's3:ObjectCreated:Put', { Prefix: 'uploads/', Suffix: '.jpg' }),
      ],
      at('uploads/2026/'),
    );
    expect(found).toEqual({ arn: 'right', prefix: 'uploads/', suffix: '.jpg' });
  });

  test.each([
    [[], 'it is not that of the stack Lambda'],
    [[of('removed', 's3:ObjectRemoved:*')], 'it is not that of the stack Lambda'],
    [[of('right', 's3:ObjectCreated:*', { prefix: 'uploads/' })], 'it does below s3://pictures/uploads/.'],
  ])('is missed in words', (configurations, message) => {
    expect(() => queueFor(configurations, at('up'))).toThrow(BulkError);
    expect(() => queueFor(configurations, at('up'))).toThrow(message);
  });
});

/** Time that passes only while the code sleeps. */
function clock(): Pick<Surroundings, 'now' | 'sleep'> {
  let ms = Date.parse('2026-11-25T08:00:00Z');
  return {
    now: () => ms,
    sleep: (more) => {
      ms += more;
      return Promise.resolve();
    },
  };
}

describe('whether the queue is empty', () => {
  /** Waits over a queue whose depth is this after so many seconds; how long that took, and what it was told then. */
  async function wait(waitingAt: (seconds: number) => number, settleMs = 60_000) {
    const time = clock();
    const began = time.now();
    const seconds = () => (time.now() - began) / 1000;
    const read = () => Promise.resolve({ waiting: waitingAt(seconds()), dead: seconds() });
    const depth = await waitUntilSettled(read, settleMs, time, never);
    return { seconds: seconds(), dead: depth?.dead };
  }

  test('is believed only after a minute, since the first numbers may be of before the sending', async () => {
    expect(await wait(() => 0)).toEqual({ seconds: 60, dead: 60 });
    expect(await wait((seconds) => (seconds < 30 ? 0 : seconds < 50 ? 7 : 0))).toEqual({ seconds: 110, dead: 110 });
  });

  test('the dead letters are those of the end', async () => {
    const { dead } = await wait((seconds) => (seconds < 20 ? 5 : 0));
    expect(dead).toBe(80);
  });

  test('may be believed sooner, where there is no delay', async () => {
    expect(await wait(() => 0, 0)).toEqual({ seconds: 0, dead: 0 });
  });

  test('is left open when it is stopped', async () => {
    const stop = new AbortController();
    const time = clock();
    const sleep = (ms: number): Promise<void> => {
      stop.abort();
      return time.sleep(ms, never);
    };
    const read = () => Promise.resolve({ waiting: 1, dead: 0 });
    expect(await waitUntilSettled(read, 60_000, { ...time, sleep }, stop.signal)).toBeUndefined();
  });
});

describe('a run', () => {
  const said = (): string => jest.mocked(console.log).mock.calls.join('\n');

  const ARN = 'arn:aws:sqs:eu-west-3:123456789012:';
  /** A bucket of three pictures, a folder and a text, whose queue is empty at once, with so many dead letters each time. */
  function surroundings(dead: number[] = [0]) {
    const sent: string[] = [];
    const regions: string[] = [];
    const answer = (command: unknown): unknown => {
      if (command instanceof GetBucketNotificationConfigurationCommand) {
        const FilterRules = [{ Name: 'suffix', Value: 'g' }];
        const Events = ['s3:ObjectCreated:*'];
        return { QueueConfigurations: [{ QueueArn: `${ARN}uploads`, Events, Filter: { Key: { FilterRules } } }] };
      }
      if (command instanceof ListObjectVersionsCommand) {
        const keys = ['a.jpg', 'b.jpg', 'c.png', 'folder/', 'readme.txt'];
        return { Versions: keys.map((Key) => ({ Key, VersionId: 'v', ETag: '"e"', Size: 1, IsLatest: true })) };
      }
      if (command instanceof GetQueueUrlCommand) return { QueueUrl: command.input.QueueName };
      if (command instanceof GetQueueAttributesCommand) {
        const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${ARN}dead` });
        if (command.input.QueueUrl !== 'dead')
          return { Attributes: { ApproximateNumberOfMessages: '0', RedrivePolicy } };
        const [now = 0, ...later] = dead;
        if (later.length > 0) dead = later;
        return { Attributes: { ApproximateNumberOfMessages: String(now) } };
      }
      if (command instanceof SendMessageBatchCommand) {
        sent.push(...(command.input.Entries ?? []).map(({ MessageBody = '' }) => MessageBody));
        return {};
      }
      throw new Error('no such command here');
    };
    const client = { send: (command: unknown) => Promise.resolve(answer(command)) } as unknown as Surroundings['s3'];
    const sqs = (region: string) => {
      regions.push(region);
      return client as unknown as ReturnType<Surroundings['sqs']>;
    };
    return { sent, regions, s3: client, sqs, ...clock() };
  }
  const optionsOf = (...args: string[]) => readOptions(['s3://pictures/', '--state', folder, ...args]);

  test('sends what the bucket would announce, in the region of the queue, and says what it knows', async () => {
    const aws = surroundings();
    expect(await bulk(optionsOf(), aws, never)).toBe(0);
    expect(aws.regions).toEqual(['eu-west-3']);
    expect(aws.sent.flatMap(uploadsIn).map(({ key, again }) => [key, again])).toEqual(
      ['a.jpg', 'b.jpg', 'c.png'].map((key) => [key, undefined]),
    );
    expect(said()).toMatch(/^3 pictures sent and processed in 60\.0 s, 0 new in the dead-letter queue\n.*--again/);
  });

  test('tells by the dead letters of the end that some were refused', async () => {
    expect(await bulk(optionsOf(), surroundings([4, ...Array<number>(30).fill(4), 6]), never)).toBe(1);
    expect(said()).toContain('2 new in the dead-letter queue');
  });

  test('asks for all again by the time at which it began, which an interrupted run keeps', async () => {
    const first = surroundings();
    await bulk(optionsOf('--again'), first, never);
    expect(first.sent.flatMap(uploadsIn).map(({ again }) => again)).toEqual(
      Array<string>(3).fill('2026-11-25T08:00:00.000Z'),
    );
    expect(said()).not.toContain('--again');

    const options = optionsOf('--again');
    const earlier = { from: 's3://pictures/', sent: 7, isListed: false, again: 'earlier' };
    writeFileSync(options.state, JSON.stringify(earlier));
    const rest = surroundings();
    await bulk(options, rest, never);
    expect(rest.sent.flatMap(uploadsIn).map(({ again }) => again)).toEqual(['earlier', 'earlier', 'earlier']);
    expect(said()).toContain('10 pictures sent');
    expect(existsSync(options.state)).toBe(false);
  });
});

describe('called', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'bulk-home-'));
  afterAll(() => {
    rmSync(home, { recursive: true });
  });
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const command = ['--import', 'tsx', path.join('tools', 'bulk.ts'), '--state', home, ...args];
    const PATH = process.env['PATH'] ?? '';
    return spawnSync(process.execPath, command, {
      cwd: path.join(__dirname, '..', '..'),
      env: { PATH, HOME: home, AWS_EC2_METADATA_DISABLED: 'true', ...env },
      encoding: 'utf8',
    });
  };

  test('with --help it says how it is used, and nothing else', () => {
    const { status, stdout, stderr } = run(['--help']);
    expect(stdout).toMatch(/^Puts every picture below a prefix/);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('without an address it says that first, and how it is used', () => {
    const { status, stdout, stderr } = run([]);
    expect(stderr).toMatch(/^No address is given\.\n\nPuts every picture/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test.each([
    ['a region', {}, 'Set AWS_REGION, or AWS_PROFILE'],
    [
      'credentials',
      { AWS_REGION: 'eu-central-1' },
      'There are no credentials. Set AWS_PROFILE, and sign in: aws sso login',
    ],
  ])('without %s it says what to set, and nothing of a run that has not begun', (_, env, advice) => {
    const { status, stderr } = run(['s3://pictures/uploads/'], env);
    expect(stderr).toContain(advice);
    expect(stderr).not.toMatch(/lost|NodeVersionSupportWarning/);
    expect(status).toBe(1);
  });

  test('where a run was interrupted before, it says that nothing of that is lost', () => {
    const options = readOptions(['s3://pictures/uploads/', '--state', home]);
    writeFileSync(options.state, JSON.stringify({ from: '', sent: 5, isListed: false }));
    expect(run(['s3://pictures/uploads/']).stderr).toContain(
      'what was sent is not lost: the same command goes on behind it',
    );
  });
});
