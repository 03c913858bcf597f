import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { GetBucketNotificationConfigurationCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  SQSClient,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { encodeKey } from '../lambda/upload';

const USAGE = `Puts every picture below a prefix through the thumbnail pipeline.

  npm run bulk -- s3://bucket/uploads/prefix [options]

  --dry-run    count them only
  --no-wait    do not wait until the pipeline has worked them off
  --restart    begin anew where an earlier run was interrupted, rather than go on
  --page <n>   pictures between two points at which a run can be interrupted, 1 to 1000 (default: 1000)
  --state <d>  folder in which it is kept how far a run has come (default: .cache/bulk)

The bucket is that of the stack Lambda (its output UploadTo); pictures from elsewhere are copied there first, which
starts the pipeline by itself: aws s3 cp --recursive s3://elsewhere/ s3://bucket/uploads/

Exit code: 0 all is done, 1 it could not be done or some went into the dead-letter queue, 130 interrupted.`;

/** What is wrong with what a person asked for: told without a stack. */
class UsageError extends Error {}

/** Where the pictures are, and which queue their bucket announces them to. */
interface Source {
  readonly bucket: string;
  readonly prefix: string;
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

// An emulator is reached at one address: it has no host names for its buckets.
const s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
const sqs = new SQSClient();
const tell = (line: string): void => {
  console.error(`bulk: ${line}`);
};

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        'dry-run': { type: 'boolean' },
        wait: { type: 'boolean', default: true },
        restart: { type: 'boolean' },
        page: { type: 'string', default: '1000' },
        state: { type: 'string', default: STATE },
        help: { type: 'boolean' },
      },
    });
    return { ...values, positionals };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function readPage(text: string): number {
  const page = Number(text);
  if (Number.isInteger(page) && page >= 1 && page <= 1000) return page;
  throw new UsageError(`--page is ${JSON.stringify(text)}: it must be a whole number from 1 to 1000.`);
}

/** @throws UsageError where it is no such address, or more than one */
export function readAddress(positionals: readonly string[]): { bucket: string; prefix: string } {
  const [text = '', ...more] = positionals;
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text) ?? [];
  if (bucket === undefined || more.length > 0) {
    throw new UsageError(`${JSON.stringify(positionals.join(' '))} is no s3://bucket/prefix.\n\n${USAGE}`);
  }
  return { bucket, prefix };
}

/** The queue that the bucket announces uploads below that prefix to. No further parameter need name it. */
async function findQueue(bucket: string, prefix: string): Promise<string> {
  const { QueueConfigurations = [] } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
  const queues = QueueConfigurations.map(({ QueueArn = '', Filter }) => ({
    arn: QueueArn,
    prefix: Filter?.Key?.FilterRules?.find(({ Name }) => Name?.toLowerCase() === 'prefix')?.Value ?? '',
  }));
  const found = queues.find((queue) => prefix.startsWith(queue.prefix));
  if (found === undefined) {
    throw new UsageError(
      `The bucket ${bucket} announces nothing below ${JSON.stringify(prefix)} to a queue; ` +
        (queues.length === 0
          ? 'it is not that of the stack Lambda (see its output UploadTo).'
          : `it does below ${queues.map((queue) => `s3://${bucket}/${queue.prefix}`).join(', ')}.`),
    );
  }
  const [, , , , account, name] = found.arn.split(':');
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }));
  return QueueUrl ?? '';
}

/** The latest versions below the prefix, page by page, and how the listing goes on after each. */
async function* listing({ bucket, prefix, page: MaxKeys }: Source, progress: Progress) {
  let { keyMarker, versionIdMarker } = progress;
  for (;;) {
    // With their versions, as S3 announces them: what has been worked off is then known for it.
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
      .filter(({ IsLatest, Key = '' }) => IsLatest === true && !Key.endsWith('/'))
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

/** What S3 would announce of it. */
export const announcement = (bucket: string, { key, versionId, eTag, size }: Picture): string =>
  JSON.stringify({
    Records: [
      {
        eventSource: 'bulk',
        eventName: 'ObjectCreated:Bulk',
        s3: { bucket: { name: bucket }, object: { key: encodeKey(key), versionId, eTag, size } },
      },
    ],
  });

/**
 * Sends so many messages at once, and again those that SQS did not take.
 *
 * @throws Error where it still does not after some tries
 */
async function send(queueUrl: string, bodies: readonly string[]): Promise<void> {
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
async function sendPage({ bucket, queueUrl }: Source, pictures: readonly Picture[]): Promise<void> {
  const bodies = pictures.map((picture) => announcement(bucket, picture));
  const batches: string[][] = [];
  while (bodies.length > 0) batches.push(bodies.splice(0, MESSAGES_A_REQUEST));
  const work = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) await send(queueUrl, batch);
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
}

/** The file, in that folder, that says how far a run over this address has come. */
const stateFile = (folder: string, from: string): string =>
  path.join(folder, `${createHash('sha256').update(from).digest('hex').slice(0, 16)}.json`);

function readState(file: string, from: string): Progress {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Progress;
  } catch {
    return nothingSent(from);
  }
}

const nothingSent = (from: string): Progress => ({ from, sent: 0, isListed: false });

function writeState(file: string, progress: Progress): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(progress));
  renameSync(`${file}.${process.pid}`, file);
}

interface QueueDepth {
  readonly waiting: number;
  readonly dead: number;
}

async function depthOf(queueUrl: string): Promise<QueueDepth> {
  const read = async (url: string) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))).Attributes ?? {};
  const { RedrivePolicy, ...attributes } = await read(queueUrl);
  const waiting = (['', 'NotVisible', 'Delayed'] as const).reduce(
    (sum, kind) => sum + Number(attributes[`ApproximateNumberOfMessages${kind}`] ?? 0),
    0,
  );
  const { deadLetterTargetArn = '' } = JSON.parse(RedrivePolicy ?? '{}') as { deadLetterTargetArn?: string };
  const [, , , , account, name] = deadLetterTargetArn.split(':');
  if (name === undefined) return { waiting, dead: 0 };
  const { QueueUrl = '' } = await sqs.send(
    new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
  );
  const dead = Number((await read(QueueUrl)).ApproximateNumberOfMessages ?? 0);
  return { waiting, dead };
}

/** Until the queue is empty, as far as SQS knows: its numbers come late, so that it is asked twice. */
async function waitUntilDone(queueUrl: string, signal: AbortSignal): Promise<QueueDepth> {
  let emptySince = 0;
  for (;;) {
    const depth = await depthOf(queueUrl);
    emptySince = depth.waiting === 0 ? emptySince + 1 : 0;
    if (emptySince > 1 || signal.aborted) return depth;
    tell(`${depth.waiting} waiting or being worked on, ${depth.dead} in the dead-letter queue`);
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Lists and sends page by page, or only lists where no state is kept; stops behind a page when asked to. */
async function sendAll(
  source: Source,
  from: Progress,
  state: string | undefined,
  signal: AbortSignal,
): Promise<Progress> {
  let progress = from;
  for await (const { pictures, next } of listing(source, progress)) {
    if (state !== undefined) await sendPage(source, pictures);
    progress = { ...progress, ...next, sent: progress.sent + pictures.length };
    if (state !== undefined) writeState(state, progress);
    tell(`${progress.sent} pictures ${state === undefined ? 'found' : 'sent'}`);
    if (signal.aborted) break;
  }
  return progress;
}

async function bulk(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { positionals, 'dry-run': isDryRun = false, wait, restart = false, help, ...rest } = readArguments(args);
  if (help === true) {
    console.log(USAGE);
    return 0;
  }
  const { bucket, prefix } = readAddress(positionals);
  const from = `s3://${bucket}/${prefix}`;
  const source = { bucket, prefix, page: readPage(rest.page), queueUrl: await findQueue(bucket, prefix) };
  const state = stateFile(rest.state, from);
  const began = performance.now();
  if (restart) rmSync(state, { force: true });
  const before = await depthOf(source.queueUrl);
  const earlier = isDryRun ? nothingSent(from) : readState(state, from);
  if (earlier.sent > 0)
    tell(`going on behind the ${earlier.sent} that an earlier run has sent (--restart begins anew)`);

  const progress = earlier.isListed ? earlier : await sendAll(source, earlier, isDryRun ? undefined : state, signal);
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
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
  if (!wait) {
    console.log(`${progress.sent} pictures sent in ${seconds()}; the pipeline works them off by itself`);
    return 0;
  }
  const { waiting, dead } = await waitUntilDone(source.queueUrl, signal);
  if (waiting > 0) {
    tell(`no longer watching: all ${progress.sent} are sent, and the pipeline goes on by itself`);
    return 130;
  }
  const refused = Math.max(0, dead - before.dead);
  console.log(`${progress.sent} pictures sent and worked off in ${seconds()}, ${refused} into the dead-letter queue`);
  return refused === 0 ? 0 : 1;
}

async function main(): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // Once: who asks a second time means it.
    process.once(name, () => {
      tell('stopping behind what is under way');
      interrupted.abort(name);
    });
  }
  try {
    process.exitCode = await bulk(process.argv.slice(2), interrupted.signal);
  } catch (error) {
    if (error instanceof UsageError) console.error(error.message);
    else {
      tell(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      tell('nothing is lost: the same command goes on behind what was sent last');
    }
    process.exitCode = 1;
  }
}

if (require.main === module) void main();
