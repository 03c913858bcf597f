import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CopyObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse } from 'aws-lambda';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { PIPELINE_VARIABLES } from '../../lambda/pipeline-variables';
import { BUNDLE } from '../../packaging/bundle';
import { announcement } from '../../tools/bulk';
import { runtimeClient } from '../../contract/runtime/install';
import { LambdaFunction } from '../../contract/runtime/lambda-function';
import { deployLambdaStack, run } from './deployment';
import { Ministack, missing } from '../../tools/emulator/ministack';
import { describeUnless } from '../left-out';

const ROOT = path.join(__dirname, '..', '..');
const photograph = (name: string): Buffer =>
  readFileSync(path.join(__dirname, '..', '..', 'contract', 'photographs', name));
const WIDTHS = [64, 128];

const reason = missing();
describeUnless(reason, 'the pipeline, deployed to an emulator that runs its code', () => {
  let emulator: Ministack;
  let deployed: Awaited<ReturnType<typeof deployLambdaStack>>;
  let s3: S3Client;
  let sqs: SQSClient;
  let bucket: string;
  let queue: string;
  let deadLetters: string;

  beforeAll(async () => {
    emulator = await Ministack.start();
    deployed = await deployLambdaStack(emulator, { 'lambda.pipelineWidths': WIDTHS, 'lambda.pipelineConcurrency': 2 });
    s3 = new S3Client({ ...client(), forcePathStyle: true });
    sqs = new SQSClient(client());
    bucket = /^s3:\/\/([^/]+)\/uploads\/$/.exec(deployed.outputs['UploadTo'] ?? '')?.[1] ?? '';
    deadLetters = deployed.outputs['DeadLetterQueueUrl'] ?? '';
    queue = await uploadsQueue();
  });

  afterAll(async () => {
    s3.destroy();
    sqs.destroy();
    await emulator.stop();
  });

  const client = () => ({
    endpoint: emulator.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(emulator.certificate), maxSockets: 50 }) },
  });

  async function uploadsQueue(): Promise<string> {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand());
    return QueueUrls.find((url) => url.includes('Uploads')) ?? '';
  }

  const upload = (key: string, Body: Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: `uploads/${key}`, Body }));

  async function keysBelow(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix }))
      keys.push(...Contents.map(({ Key = '' }) => Key));
    return keys;
  }

  const thumbnailsOf = (key: string): string[] => WIDTHS.map((width) => `thumbnails/${key}/${width}.webp`);

  /** Until it holds: nothing here tells when a queue has been worked off. */
  async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean, ms = 90_000): Promise<T> {
    const deadline = Date.now() + ms;
    for (;;) {
      const value = await read();
      if (holds(value) || Date.now() > deadline) return value;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function inQueue(url: string): Promise<number> {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
  }
  const untilWorkedOff = () =>
    until(
      () => inQueue(queue),
      (count) => count === 0,
    );

  /** Takes that many out of the dead-letter queue. */
  async function buried(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    await until(
      async () => {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: deadLetters,
            MaxNumberOfMessages: 10,
            MessageAttributeNames: ['All'],
          }),
        );
        for (const message of Messages) {
          messages.push(message);
          await sqs.send(new DeleteMessageCommand({ QueueUrl: deadLetters, ReceiptHandle: message.ReceiptHandle }));
        }
        return messages.length;
      },
      (found) => found >= count,
    );
    return messages;
  }
  const reasonsOf = (messages: readonly Message[]) =>
    messages.map(({ MessageAttributes }) => MessageAttributes?.['reason']?.StringValue);

  test('the whole stack is there, but for what the emulator does not have', () => {
    expect(deployed.leftOut).toEqual([
      expect.stringMatching(/^AWS::CloudWatch::Alarm of metric math /),
      expect.stringMatching(/^AWS::Lambda::Function /),
      expect.stringMatching(/^AWS::Lambda::ResourcePolicy /),
      expect.stringMatching(/^Custom::\* /),
    ]);
  });

  test.each(['cat.jpg', 'a b+c %26 한국 🐈/cat.jpg'])(
    'a real photograph that is uploaded as %s comes out as thumbnails',
    async (key) => {
      await upload(key, photograph('cat.jpg'));
      const keys = await until(
        () => keysBelow(`thumbnails/${key}/`),
        ({ length }) => length === WIDTHS.length,
      );
      expect(keys.sort()).toEqual(thumbnailsOf(key).sort());
      for (const width of WIDTHS) {
        const { Body, ContentType } = await s3.send(
          new GetObjectCommand({ Bucket: bucket, Key: `thumbnails/${key}/${width}.webp` }),
        );
        expect(ContentType).toBe('image/webp');
        expect(await sharp(await Body?.transformToByteArray()).metadata()).toMatchObject({ format: 'webp', width });
      }
    },
  );

  test('a poison picture ends in the dead-letter queue with its reason, at once, and makes no thumbnail', async () => {
    await upload('poison.jpg', photograph('truncated.jpg'));
    const [message] = await buried(1);
    expect(reasonsOf(message ? [message] : [])).toEqual(['broken-image']);
    expect(message?.MessageAttributes?.['detail']?.StringValue).toContain("can't be decoded");
    expect(message?.Body).toContain('"key":"uploads/poison.jpg"');
    expect(await keysBelow('thumbnails/poison.jpg/')).toEqual([]);
    expect(await untilWorkedOff()).toBe(0);
  });

  test('the same object announced three times has each thumbnail written once', async () => {
    const { ETag = '', VersionId } = await upload('twice.jpg', photograph('cat.jpg'));
    await until(
      () => keysBelow('thumbnails/twice.jpg/'),
      ({ length }) => length === WIDTHS.length,
    );
    const size = photograph('cat.jpg').length;
    const MessageBody = announcement(bucket, {
      key: 'uploads/twice.jpg',
      versionId: VersionId,
      eTag: ETag.replaceAll('"', ''),
      size,
    });
    for (const again of [1, 2]) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }));
      expect([again, await untilWorkedOff()]).toEqual([again, 0]);
    }
    const { Versions = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'thumbnails/twice.jpg/' }),
    );
    expect(Versions.map(({ Key }) => Key).sort()).toEqual(thumbnailsOf('twice.jpg').sort());
  });

  test('a thumbnail starts nothing, and an announcement of one is refused', async () => {
    const key = thumbnailsOf('cat.jpg')[0] ?? '';
    await s3.send(
      new CopyObjectCommand({ Bucket: bucket, CopySource: `${bucket}/${key}`, Key: 'thumbnails/loop.webp' }),
    );
    const MessageBody = announcement(bucket, { key, versionId: undefined, eTag: 'x', size: 100 });
    await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }));
    expect(reasonsOf(await buried(1))).toEqual(['outside-uploads']);
    expect(await keysBelow('thumbnails/loop.webp')).toEqual(['thumbnails/loop.webp']);
  });

  test('of 500 uploads at once none is lost: 490 photographs give 980 thumbnails, 10 poison ones 10 dead letters', async () => {
    const cat = photograph('cat.jpg');
    const drawing = photograph('drawing.svg');
    const names = Array.from({ length: 500 }, (_, index) => `many/${index % 50 === 0 ? 'poison' : 'cat'}-${index}`);
    await Promise.all(names.map((name) => upload(name, name.includes('poison') ? drawing : cat)));

    const good = names.filter((name) => name.includes('cat'));
    const keys = await until(
      () => keysBelow('thumbnails/many/'),
      ({ length }) => length >= good.length * 2,
    );
    expect(keys).toHaveLength(980);
    expect(new Set(keys)).toEqual(new Set(good.flatMap(thumbnailsOf)));
    const reasons = reasonsOf(await buried(10));
    expect(reasons).toHaveLength(10);
    expect(new Set(reasons)).toEqual(new Set(['unsupported-image']));
    expect(await untilWorkedOff()).toBe(0);
    expect(await inQueue(deadLetters)).toBe(0);
  });

  describe('npm run bulk', () => {
    // The emulator's numbers are never late.
    const bulk = (...args: string[]) =>
      run(['--import', 'tsx', path.join('tools', 'bulk.ts'), '--settle', '1', ...args], {
        ...emulator.environment,
      });
    const state = path.join(tmpdir(), `bulk-${process.pid}`);
    afterAll(() => {
      rmSync(state, { recursive: true, force: true });
    });

    test('puts a prefix through the pipeline, which makes nothing twice, and sums up', async () => {
      const writesBefore = (await allVersions()).length;
      const { status, output } = await bulk(`s3://${bucket}/uploads/many/cat-`);
      expect(output).toMatch(/490 pictures sent and processed in [\d.]+ s, 0 new in the dead-letter queue/);
      expect(status).toBe(0);
      expect(await allVersions()).toHaveLength(writesBefore);
    });

    test('makes them again when asked to', async () => {
      const writesBefore = (await allVersions()).length;
      const { status, output } = await bulk('--again', `s3://${bucket}/uploads/many/cat-1`);
      const sent = Number(/(\d+) pictures sent and processed/.exec(output)?.[1]);
      expect(sent).toBeGreaterThan(50);
      expect(status).toBe(0);
      expect(await allVersions()).toHaveLength(writesBefore + sent * WIDTHS.length);
    });

    test('counts only, when asked to', async () => {
      expect(await bulk('--dry-run', `s3://${bucket}/uploads/many/poison-`)).toMatchObject({
        status: 0,
        output: expect.stringContaining(`10 pictures below s3://${bucket}/uploads/many/poison-`) as string,
      });
    });

    test('says by its exit code that some were refused', async () => {
      const { status, output } = await bulk(`s3://${bucket}/uploads/many/poison-`);
      expect(output).toContain('10 new in the dead-letter queue');
      expect(status).toBe(1);
      expect(reasonsOf(await buried(10))).toHaveLength(10);
    });

    test.each([
      ['thumbnails/', 'announces no uploads below "thumbnails/" to a queue; it does below'],
      ['', 'announces no uploads below "" to a queue; it does below'],
    ])('refuses s3://bucket/%s, whose pictures the pipeline does not read', async (prefix, message) => {
      const { status, output } = await bulk(`s3://${bucket}/${prefix}`);
      expect(output).toContain(message);
      expect(status).toBe(1);
    });

    test('interrupted, it goes on behind what it has sent', async () => {
      const child = spawn(
        process.execPath,
        [
          '--import',
          'tsx',
          path.join('tools', 'bulk.ts'),
          '--state',
          state,
          '--no-wait',
          '--page',
          '100',
          `s3://${bucket}/uploads/`,
        ],
        {
          cwd: ROOT,
          env: { ...process.env, NODE_NO_WARNINGS: '1', ...emulator.environment },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      let output = '';
      child.stdout.resume();
      child.stderr.on('data', (chunk) => {
        output += String(chunk);
        // Once: who asks a second time means it.
        if (/\d pictures sent/.test(output) && !child.killed) child.kill('SIGINT');
      });
      const [status] = (await once(child, 'close')) as [number | null];
      expect(output).toMatch(/interrupted after (\d+) pictures\. The same command goes on from there\./);
      expect(status).toBe(130);
      const sent = Number(/interrupted after (\d+)/.exec(output)?.[1]);

      const rest = await bulk('--state', state, '--no-wait', `s3://${bucket}/uploads/`);
      expect(rest.output).toContain(`going on behind the ${sent} that an earlier run has sent`);
      const all = (await keysBelow('uploads/')).length;
      expect(rest.output).toContain(`${all} pictures sent in`);
      expect(rest.status).toBe(0);
      // poison.jpg and ten of the many
      expect(reasonsOf(await buried(11))).toHaveLength(11);
      expect(await untilWorkedOff()).toBe(0);
    });

    async function allVersions(): Promise<string[]> {
      const found: string[] = [];
      let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
      for (;;) {
        const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'thumbnails/', ...marker }));
        found.push(...(page.Versions ?? []).map(({ Key = '' }) => Key));
        if (page.IsTruncated !== true) return found;
        marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      }
    }
  });

  describe("under AWS's own runtime client", () => {
    let code: string;
    let lambda: LambdaFunction;
    beforeAll(async () => {
      code = mkdtempSync(path.join(tmpdir(), 'pipeline-'));
      const zip = unzipSync(readFileSync(BUNDLE.pipelineZip(process.arch === 'arm64' ? 'arm64' : 'x64')));
      for (const [name, bytes] of Object.entries(zip)) {
        mkdirSync(path.dirname(path.join(code, name)), { recursive: true });
        writeFileSync(path.join(code, name), bytes);
      }
      const dynamodb = new DynamoDBClient(client());
      const { TableNames: [table = ''] = [] } = await dynamodb.send(new ListTablesCommand());
      dynamodb.destroy();
      lambda = new LambdaFunction({
        code,
        handler: 'pipeline.handler',
        client: runtimeClient(),
        memoryMiB: 1024,
        timeoutMs: 30_000,
        environment: {
          ...emulator.environment,
          POWERTOOLS_SERVICE_NAME: 'pipeline',
          POWERTOOLS_METRICS_NAMESPACE: 'test',
          [PIPELINE_VARIABLES.bucket]: bucket,
          [PIPELINE_VARIABLES.deadLetterQueueUrl]: deadLetters,
          [PIPELINE_VARIABLES.idempotencyTable]: table,
          [PIPELINE_VARIABLES.widths]: '32',
        },
      });
    });
    afterAll(async () => {
      await lambda.stop();
      rmSync(code, { recursive: true });
    });

    test('a batch is answered message by message: done, refused, gone, and to be tried again', async () => {
      const { ETag = '', VersionId } = await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: 'uploads/runtime.jpg', Body: photograph('cat.jpg') }),
      );
      const of = (key: string, eTag: string) => announcement(bucket, { key, versionId: VersionId, eTag, size: 28_937 });
      const bodies = {
        done: of('uploads/runtime.jpg', ETag.replaceAll('"', '')),
        gone: of('uploads/never-there.jpg', 'x'),
        refused: 'no event at all',
      };
      const attributes = { ApproximateReceiveCount: '1' };
      const Records = Object.entries(bodies).map(([messageId, body]) => ({
        ...{ messageId, body, attributes },
        eventSource: 'aws:sqs',
      }));
      const answer = await lambda.invoke({ Records });
      expect(answer.functionError).toBeUndefined();
      expect(JSON.parse(answer.payload)).toEqual({ batchItemFailures: [] });
      expect(await keysBelow('thumbnails/runtime.jpg/')).toContain('thumbnails/runtime.jpg/32.webp');
      expect(reasonsOf(await buried(1))).toEqual(['unreadable-message']);

      // With S3 and DynamoDB out of reach nothing is taken for done that is not, and the rest is not held up by it.
      const lost = new LambdaFunction({
        ...lambda.configuration,
        environment: {
          ...lambda.configuration.environment,
          AWS_ENDPOINT_URL_S3: 'https://127.0.0.1:9',
          AWS_ENDPOINT_URL_DYNAMODB: 'https://127.0.0.1:9',
          AWS_MAX_ATTEMPTS: '1',
        },
      });
      const { payload } = await lost.invoke({ Records });
      await lost.stop();
      const { batchItemFailures } = JSON.parse(payload) as SQSBatchResponse;
      expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(['done', 'gone']);
      expect(reasonsOf(await buried(1))).toEqual(['unreadable-message']);
    });
  });
});
