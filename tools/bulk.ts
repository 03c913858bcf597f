import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetBucketNotificationConfigurationCommand,
  ListObjectVersionsCommand,
  S3Client,
  type QueueConfiguration,
} from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  SQSClient,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { encodeKey } from '../lambda/upload';
import { readCommandLine, silenceNodeWarning, UsageError } from './command-line';

const USAGE = `Puts every picture below a prefix through the thumbnail pipeline.

  npm run bulk -- s3://bucket/uploads/prefix [options]

  --dry-run     count them only
  --again       make thumbnails also of those that have theirs; otherwise they stay as they are
  --no-wait     do not wait until the pipeline has processed them
  --settle <s>  seconds for which the queue must be empty to be believed: SQS's numbers are up to a minute late
                (default: 60)
  --restart     begin anew where an earlier run was interrupted, rather than go on
  --page <n>    pictures between two points at which a run can be interrupted, 1 to 1000 (default: 1000)
  --state <d>   folder in which it is kept how far a run has come (default: .cache/bulk)

The bucket is that of the stack Lambda (its output UploadTo); pictures from elsewhere are copied there first, which
starts the pipeline by itself: aws s3 cp --recursive s3://elsewhere/ s3://bucket/uploads/

Exit code: 0 all is done, 1 it could not be done or some went into the dead-letter queue, 2 wrong use, 130 interrupted.`;

/** Why it can't be done here, in words for a person. */
export class BulkError extends Error {}

/** AWS and the time; a test has its own. */
export interface Surroundings {
  readonly s3: Pick<S3Client, 'send'>;
  /** SQS in that region. */
  readonly sqs: (region: string) => Pick<SQSClient, 'send'>;
  /** In milliseconds. */
  readonly now: () => number;
  /** Ends early when the signal says so. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Where the pictures are, and which queue their bucket announces them to. */
interface Source {
  readonly bucket: string;
  readonly prefix: string;
  /** What the keys of pictures must end in, or nothing would announce them. */
  readonly suffix: string;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
  /** Pictures in one page of the listing. */
  readonly page: number;
}

/** How far a run has come: kept after each page of the listing, so that the next run can go on behind it. */
interface Progress {
  readonly from: string;
  /** Where the listing goes on; undefined at its beginning. */
  readonly keyMarker?: string | undefined;
  readonly versionIdMarker?: string | undefined;
  readonly sent: number;
  readonly isListed: boolean;
  /** With --again: when the run began, which tells its wish from those of others. */
  readonly again?: string | undefined;
}

interface Picture {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly eTag: string;
  readonly size: number;
}

/** SQS takes so many messages in one request. */
const MESSAGES_A_REQUEST = 10;
/** Requests at once: some 1,000 messages a second from a machine near the region. */
const REQUESTS_AT_ONCE = 10;
const TRIES = 5;
const POLL_MS = 2000;
const STATE = path.join(__dirname, '..', '.cache', 'bulk');

const tell = (line: string): void => {
  console.error(`bulk: ${line}`);
};

/** What a person asks for. */
export interface Options {
  readonly bucket: string;
  readonly prefix: string;
  readonly isDryRun: boolean;
  readonly isAgain: boolean;
  readonly isRestart: boolean;
  readonly waits: boolean;
  readonly settleMs: number;
  /** Pictures in one page of the listing. */
  readonly page: number;
  /** The file that says how far a run has come. */
  readonly state: string;
}

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = readCommandLine(
    USAGE,
    {
      allowPositionals: true,
      allowNegative: true,
      options: {
        'dry-run': { type: 'boolean' },
        again: { type: 'boolean' },
        wait: { type: 'boolean', default: true },
        settle: { type: 'string', default: '60' },
        restart: { type: 'boolean' },
        page: { type: 'string', default: '1000' },
        state: { type: 'string', default: STATE },
      },
    },
    args,
  );
  const address = readAddress(positionals);
  const isAgain = values.again ?? false;
  return {
    ...address,
    isDryRun: values['dry-run'] ?? false,
    isAgain,
    isRestart: values.restart ?? false,
    waits: values.wait,
    settleMs: 1000 * readInteger('--settle', values.settle, 0, 3600),
    page: readInteger('--page', values.page, 1, 1000),
    state: stateFile(values.state, `s3://${address.bucket}/${address.prefix}${isAgain ? ' again' : ''}`),
  };
}

function readInteger(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(
    `${option} is ${JSON.stringify(text)}: it must be a whole number from ${least} to ${most}.`,
    USAGE,
  );
}

/** @throws UsageError where it is no such address, or more than one */
export function readAddress(positionals: readonly string[]): { bucket: string; prefix: string } {
  const [text, ...more] = positionals;
  if (text === undefined) throw new UsageError('No address is given.', USAGE);
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text) ?? [];
  if (bucket === undefined || more.length > 0) {
    throw new UsageError(`${JSON.stringify(positionals.join(' '))} is not an s3://bucket/prefix address.`, USAGE);
  }
  return { bucket, prefix };
}

/** The queue that uploads below a prefix are announced to, and what their keys must end in to be. */
interface Announced {
  readonly arn: string;
  readonly prefix: string;
  readonly suffix: string;
}

/**
 * The queue that the bucket announces uploads below that prefix to. No further parameter need name it.
 *
 * @throws BulkError where there is none
 */
export function queueFor(
  configurations: readonly QueueConfiguration[],
  { bucket, prefix }: Pick<Options, 'bucket' | 'prefix'>,
): Announced {
  const queues = configurations
    .filter(({ Events = [] }) => Events.some((event) => event.startsWith('s3:ObjectCreated:')))
    .map(({ QueueArn = '', Filter }): Announced => {
      const rule = (name: string): string =>
        Filter?.Key?.FilterRules?.find(({ Name }) => Name?.toLowerCase() === name)?.Value ?? '';
      return { arn: QueueArn, prefix: rule('prefix'), suffix: rule('suffix') };
    });
  const found = queues.find((queue) => prefix.startsWith(queue.prefix));
  if (found !== undefined) return found;
  throw new BulkError(
    `The bucket ${bucket} announces no uploads below ${JSON.stringify(prefix)} to a queue; ` +
      (queues.length === 0
        ? 'it is not that of the stack Lambda (see its output UploadTo).'
        : `it does below ${queues.map((queue) => `s3://${bucket}/${queue.prefix}`).join(', ')}.`),
  );
}

async function findSource({ s3, sqs }: Surroundings, options: Options): Promise<Source> {
  const { bucket, prefix, page } = options;
  const { QueueConfigurations = [] } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
  const { arn, suffix } = queueFor(QueueConfigurations, options);
  const ofRegion = sqs(arn.split(':')[3] ?? '');
  return { bucket, prefix, suffix, page, sqs: ofRegion, queueUrl: await urlOf(ofRegion, arn) };
}

async function urlOf(sqs: Source['sqs'], arn: string): Promise<string> {
  const [, , , , account, name] = arn.split(':');
  const { QueueUrl = '' } = await sqs.send(
    new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
  );
  return QueueUrl;
}

/** The latest versions below the prefix, page by page, and how the listing goes on after each. */
async function* listing(s3: Surroundings['s3'], { bucket, prefix, suffix, page: MaxKeys }: Source, progress: Progress) {
  let { keyMarker, versionIdMarker } = progress;
  for (;;) {
    // With their versions, as S3 announces them: what has been processed is then known for it.
    const page = await s3.send(
      new ListObjectVersionsCommand({
        Bucket: bucket,
        Prefix: prefix,
        MaxKeys,
        KeyMarker: keyMarker,
        VersionIdMarker: versionIdMarker,
      }),
    );
    const pictures = (page.Versions ?? [])
      .filter(({ IsLatest, Key = '' }) => IsLatest === true && !Key.endsWith('/') && Key.endsWith(suffix))
      .map(({ Key = '', VersionId, ETag = '', Size = 0 }): Picture => ({
        key: Key,
        versionId: VersionId === 'null' ? undefined : VersionId,
        eTag: ETag.replaceAll('"', ''),
        size: Size,
      }));
    keyMarker = page.NextKeyMarker;
    versionIdMarker = page.NextVersionIdMarker;
    const isListed = page.IsTruncated !== true;
    yield { pictures, next: { keyMarker, versionIdMarker, isListed } };
    if (isListed) return;
  }
}

/** What S3 would announce of it; and, with --again, what tells that wish from others. */
export const announcement = (bucket: string, { key, versionId, eTag, size }: Picture, again?: string): string =>
  JSON.stringify({
    Records: [
      {
        eventSource: 'bulk',
        eventName: 'ObjectCreated:Bulk',
        again,
        s3: { bucket: { name: bucket }, object: { key: encodeKey(key), versionId, eTag, size } },
      },
    ],
  });

/**
 * Sends so many messages at once, and again those that SQS did not take.
 *
 * @throws Error where it still does not after some tries
 */
async function send({ sqs, queueUrl }: Source, bodies: readonly string[]): Promise<void> {
  let entries: SendMessageBatchRequestEntry[] = bodies.map((MessageBody, index) => ({
    Id: String(index),
    MessageBody,
  }));
  for (let attempt = 1; entries.length > 0; attempt += 1) {
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
    if (attempt === TRIES && Failed.length > 0) {
      throw new Error(`SQS did not take ${Failed.length} messages in ${TRIES} tries: ${Failed[0]?.Message ?? ''}`);
    }
    const failed = new Set(Failed.map(({ Id }) => Id));
    entries = entries.filter(({ Id }) => failed.has(Id));
    if (entries.length > 0) await sleep(100 * 2 ** attempt);
  }
}

/** All of a page, some requests at once. */
async function sendPage(source: Source, pictures: readonly Picture[], again?: string): Promise<void> {
  const bodies = pictures.map((picture) => announcement(source.bucket, picture, again));
  const batches: string[][] = [];
  while (bodies.length > 0) batches.push(bodies.splice(0, MESSAGES_A_REQUEST));
  const work = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) await send(source, batch);
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
}

/** The file, in that folder, that says how far such a run has come. */
const stateFile = (folder: string, run: string): string =>
  path.join(folder, `${createHash('sha256').update(run).digest('hex').slice(0, 16)}.json`);

function readState(file: string): Progress | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Progress;
  } catch {
    return undefined;
  }
}

function writeState(file: string, progress: Progress): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(progress));
  renameSync(`${file}.${process.pid}`, file);
}

/** What is in the queues, as far as SQS knows. */
export interface QueueDepth {
  /** In the queue of uploads, those that are being processed included. */
  readonly waiting: number;
  readonly dead: number;
}

async function depthOf({ sqs, queueUrl }: Source): Promise<QueueDepth> {
  const read = async (url: string) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))).Attributes ?? {};
  const { RedrivePolicy, ...attributes } = await read(queueUrl);
  const waiting = (['', 'NotVisible', 'Delayed'] as const).reduce(
    (sum, kind) => sum + Number(attributes[`ApproximateNumberOfMessages${kind}`] ?? 0),
    0,
  );
  const { deadLetterTargetArn } = JSON.parse(RedrivePolicy ?? '{}') as { deadLetterTargetArn?: string };
  if (deadLetterTargetArn === undefined) return { waiting, dead: 0 };
  const dead = await read(await urlOf(sqs, deadLetterTargetArn));
  return { waiting, dead: Number(dead.ApproximateNumberOfMessages ?? 0) };
}

/**
 * Until the queue has been empty for so long: SQS's numbers may be a minute late (SQS API Reference,
 * "GetQueueAttributes").
 *
 * @returns what is in the queues then; nothing where it is stopped before
 */
export async function waitUntilSettled(
  read: () => Promise<QueueDepth>,
  settleMs: number,
  { now, sleep: pause }: Pick<Surroundings, 'now' | 'sleep'>,
  signal: AbortSignal,
): Promise<QueueDepth | undefined> {
  let emptySince: number | undefined;
  while (!signal.aborted) {
    const depth = await read();
    if (depth.waiting > 0) {
      emptySince = undefined;
      tell(`${depth.waiting} waiting or being processed, ${depth.dead} in the dead-letter queue`);
    } else if (emptySince === undefined) {
      emptySince = now();
      tell(`the queue looks empty; SQS's numbers come late, so that it is watched for ${settleMs / 1000} s more`);
    }
    if (emptySince !== undefined && now() - emptySince >= settleMs) return depth;
    await pause(POLL_MS, signal);
  }
  return undefined;
}

/** Lists and sends page by page, or only lists where it is a dry run; stops behind a page when asked to. */
async function sendAll(
  { s3 }: Surroundings,
  source: Source,
  from: Progress,
  { isDryRun, state }: Options,
  signal: AbortSignal,
): Promise<Progress> {
  let progress = from;
  for await (const { pictures, next } of listing(s3, source, progress)) {
    if (!isDryRun) await sendPage(source, pictures, progress.again);
    progress = { ...progress, ...next, sent: progress.sent + pictures.length };
    if (!isDryRun) writeState(state, progress);
    tell(`${progress.sent} pictures ${isDryRun ? 'found' : 'sent'}`);
    if (signal.aborted) break;
  }
  return progress;
}

/** @returns the exit code */
export async function bulk(options: Options, surroundings: Surroundings, signal: AbortSignal): Promise<number> {
  const { bucket, prefix, isDryRun, isAgain, state } = options;
  const from = `s3://${bucket}/${prefix}`;
  const began = surroundings.now();
  const source = await findSource(surroundings, options);
  if (options.isRestart) rmSync(state, { force: true });
  const before = await depthOf(source);
  const again = isAgain ? { again: new Date(began).toISOString() } : {};
  const earlier = (isDryRun ? undefined : readState(state)) ?? { from, sent: 0, isListed: false, ...again };
  if (earlier.sent > 0)
    tell(`going on behind the ${earlier.sent} that an earlier run has sent (--restart begins anew)`);

  const progress = earlier.isListed ? earlier : await sendAll(surroundings, source, earlier, options, signal);
  const seconds = () => `${((surroundings.now() - began) / 1000).toFixed(1)} s`;
  if (isDryRun) {
    console.log(`${progress.sent} pictures below ${from}`);
    return 0;
  }
  if (!progress.isListed) {
    tell(`interrupted after ${progress.sent} pictures. The same command goes on from there.`);
    return 130;
  }
  // All is in the queue's hands now: there is nothing left to go on with.
  rmSync(state, { force: true });
  if (!options.waits) {
    console.log(`${progress.sent} pictures sent in ${seconds()}; the pipeline processes them by itself`);
    return 0;
  }
  const depth = await waitUntilSettled(() => depthOf(source), options.settleMs, surroundings, signal);
  if (depth === undefined) {
    tell(`no longer watching: all ${progress.sent} are sent, and the pipeline goes on by itself`);
    return 130;
  }
  const buried = Math.max(0, depth.dead - before.dead);
  console.log(`${progress.sent} pictures sent and processed in ${seconds()}, ${buried} new in the dead-letter queue`);
  // How many those are, only the function's metrics say: PicturesMade and PicturesKnown on the dashboard.
  if (!isAgain) console.log('Those that had their thumbnails already have kept them (--again makes them anew).');
  return buried === 0 ? 0 : 1;
}

function connect(): Surroundings {
  silenceNodeWarning();
  return {
    s3: new S3Client({
      // The bucket may be in another region than the one that is set.
      followRegionRedirects: true,
      // An emulator is reached at one address: it has no host names for its buckets.
      forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined,
    }),
    sqs: (region) => new SQSClient({ region }),
    now: Date.now,
    sleep: async (ms, signal) => {
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    },
  };
}

/** What to do about it, where the AWS SDK says only what is wrong. */
export function adviceOn({ name, message }: Error): string | undefined {
  if (message === 'Region is missing') return 'Set AWS_REGION, or AWS_PROFILE to a profile that has a region.';
  if (/^Expired|TokenProviderError|^RequestExpired$/.test(name) || /\bexpired\b/i.test(message)) {
    return 'The credentials have expired. Sign in again: aws sso login';
  }
  if (name === 'CredentialsProviderError' || /credential/i.test(message)) {
    return 'There are no credentials. Set AWS_PROFILE, and sign in: aws sso login';
  }
  if (/^AccessDenied|Forbidden/.test(name)) return 'docs/lambda.md, "Many at once", has the rights that it needs.';
  return undefined;
}

async function main(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // Once: who asks a second time means it.
    process.once(name, () => {
      tell('stopping behind what is under way');
      interrupted.abort(name);
    });
  }
  let options: Options | undefined;
  try {
    options = readOptions(args);
    return await bulk(options, connect(), interrupted.signal);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(error.message);
      return 2;
    }
    const fault = error instanceof Error ? error : new Error(String(error));
    tell(fault instanceof BulkError ? fault.message : `${fault.name}: ${fault.message}`);
    const advice = adviceOn(fault);
    if (advice !== undefined) tell(advice);
    if (options !== undefined && !options.isDryRun && existsSync(options.state)) {
      tell('what was sent is not lost: the same command goes on behind it');
    }
    return 1;
  }
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((status) => {
    process.exitCode = status;
  });
}
