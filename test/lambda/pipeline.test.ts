import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SQSBatchResponse } from 'aws-lambda';
import { PIPELINE_VARIABLES } from '../../lambda/pipeline-variables';
import { pipelineBundle } from '../../packaging/bundle';
import { announcement } from '../../tools/bulk';
import { oddPictures } from '../../contract/odd-pictures';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';
import { runtimeClient, unsupported } from '../../contract/runtime/install';
import { LambdaFunction, type FunctionConfiguration, type Invocation } from '../../contract/runtime/lambda-function';
import { eTagOf, LoopbackAws } from '../../contract/runtime/loopback-aws';
import { describeUnless } from '../left-out';

const reason = unsupported();
// Each starts a process, and some wait for their time to be up.
jest.setTimeout(30_000);
const photograph = (name: string): Buffer =>
  readFileSync(path.join(__dirname, '..', '..', 'contract', 'photographs', name));
const cat = photograph('cat.jpg');

describeUnless(reason, "The pipeline's package under AWS's runtime client", () => {
  let bundle: ReturnType<typeof unpackBundle>;
  let aws: LoopbackAws;
  const functions: LambdaFunction[] = [];

  beforeAll(() => {
    bundle = unpackBundle(pipelineBundle);
  });
  afterAll(() => {
    bundle.remove();
  });
  beforeEach(async () => {
    aws = new LoopbackAws();
    await aws.start();
  });
  afterEach(async () => {
    await Promise.all(functions.splice(0).map((each) => each.stop()));
    await aws.stop();
  });

  function start(configuration: Partial<FunctionConfiguration> = {}): LambdaFunction {
    const lambda = new LambdaFunction({
      code: bundle.folder,
      handler: 'pipeline.handler',
      client: runtimeClient(),
      memoryMiB: 1024,
      timeoutMs: 30_000,
      ...configuration,
      environment: {
        ...aws.environment,
        POWERTOOLS_SERVICE_NAME: 'pipeline',
        POWERTOOLS_METRICS_NAMESPACE: 'test',
        [PIPELINE_VARIABLES.bucket]: 'pictures',
        // The SDK calls a queue at its own address.
        [PIPELINE_VARIABLES.deadLetterQueueUrl]: `${aws.environment['AWS_ENDPOINT_URL'] ?? ''}/dead-letters`,
        [PIPELINE_VARIABLES.idempotencyTable]: 'done',
        [PIPELINE_VARIABLES.widths]: '32,64',
        ...configuration.environment,
      },
    });
    functions.push(lambda);
    return lambda;
  }

  /** Puts it into the bucket; what S3 would announce of it. */
  function upload(key: string, bytes: Buffer): string {
    aws.objects.set(key, { bytes, version: `version of ${key}` });
    return announcement('pictures', { key, versionId: `version of ${key}`, eTag: eTagOf(bytes), size: bytes.length });
  }

  const invoke = (lambda: LambdaFunction, bodies: Readonly<Record<string, string>>): Promise<Invocation> =>
    lambda.invoke({
      Records: Object.entries(bodies).map(([messageId, body]) => ({
        messageId,
        body,
        attributes: { ApproximateReceiveCount: '1' },
        eventSource: 'aws:sqs',
      })),
    });
  /** The messages that come again. */
  const failures = ({ payload, functionError }: Invocation): string[] => {
    expect(functionError).toBeUndefined();
    const { batchItemFailures } = JSON.parse(payload) as SQSBatchResponse;
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
  };
  const statuses = (): unknown[] => [...aws.records.values()].map(({ status }) => status?.S);

  /** What was counted in all, once the function has ended. */
  async function counted(lambda: LambdaFunction): Promise<Record<string, number>> {
    await lambda.stop();
    const sums: Record<string, number> = {};
    for (const line of lambda.logs.filter((text) => text.includes('"_aws"'))) {
      const metrics = Object.entries(JSON.parse(line) as Record<string, unknown>);
      for (const [name, value] of metrics.filter(([key]) => /^(Pictures|Folders)/.test(key)))
        sums[name] = (sums[name] ?? 0) + [value].flat().reduce<number>((sum, each) => sum + Number(each), 0);
    }
    return sums;
  }

  it('answers a batch message by message, and buries what is at fault with the reason', async () => {
    aws.objects.set('uploads/busy.jpg', { status: 503, code: 'SlowDown', message: 'Reduce your request rate.' });
    const broken = upload('uploads/broken.jpg', photograph('truncated.jpg'));
    const lambda = start({ environment: { AWS_MAX_ATTEMPTS: '1' } });
    const result = await invoke(lambda, {
      done: upload('uploads/a b+ü.jpg', cat),
      broken,
      unreadable: 'no event at all',
      busy: announcement('pictures', { key: 'uploads/busy.jpg', versionId: 'v', eTag: 'e', size: 1 }),
      gone: announcement('pictures', { key: 'uploads/gone.jpg', versionId: 'v', eTag: 'e', size: 1 }),
    });
    expect(failures(result)).toEqual(['busy']);
    expect(aws.written).toEqual(['thumbnails/a b+ü.jpg/32.webp', 'thumbnails/a b+ü.jpg/64.webp']);
    expect(statuses()).toEqual(['COMPLETED']);
    const [first, second] = [...aws.messages].sort((a, b) =>
      (a.attributes['reason'] ?? '').localeCompare(b.attributes['reason'] ?? ''),
    );
    expect(first).toMatchObject({
      queue: expect.stringMatching(/\/dead-letters$/) as string,
      attributes: { reason: 'broken-image', detail: expect.stringContaining("can't be decoded") as string },
    });
    expect(JSON.parse(first?.body ?? '')).toEqual(JSON.parse(broken));
    expect(second).toMatchObject({ body: 'no event at all', attributes: { reason: 'unreadable-message' } });
    expect(await counted(lambda)).toEqual({ PicturesMade: 1, PicturesGone: 1, PicturesRefused: 2, PicturesFailed: 1 });
  });

  it('takes and refuses the same pictures as every option does', async () => {
    const pictures = await oddPictures();
    const lambda = start();
    const found: Record<string, string> = {};
    for (const [i, { name, bytes }] of pictures.entries()) {
      const key = `uploads/${i}`;
      expect(failures(await invoke(lambda, { [name]: upload(key, bytes) }))).toEqual([]);
      const made = aws.written.splice(0).filter((written) => written.startsWith(`thumbnails/${i}/`)).length;
      const reasons = aws.messages.splice(0).map(({ attributes }) => attributes['reason'] ?? '');
      found[name] = [made > 0 ? `${made} thumbnails` : '', ...reasons].filter((part) => part !== '').join(', ');
    }
    expect(found).toEqual(
      Object.fromEntries(
        pictures.map(({ name, gives }) => [name, 'problem' in gives ? gives.problem : '2 thumbnails']),
      ),
    );
  });

  it.each([
    ['archived', 'InvalidObjectState', "The operation is not valid for the object's storage class"],
    [
      'key-denied',
      'AccessDenied',
      'User: function is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:1',
    ],
    ['key-denied', 'KMS.DisabledException', 'arn:aws:kms:1 is disabled.'],
  ])('buries as %s what S3 refuses with %s', async (expected, code, message) => {
    aws.objects.set('uploads/cat.jpg', { status: 403, code, message });
    const body = announcement('pictures', { key: 'uploads/cat.jpg', versionId: 'v', eTag: 'e', size: 1 });
    expect(failures(await invoke(start(), { body }))).toEqual([]);
    expect(aws.messages).toMatchObject([{ attributes: { reason: expected } }]);
    expect(aws.messages[0]?.attributes['detail']).toContain(message);
    expect(statuses()).toEqual([]);
  });

  it('tries again what S3 refuses for rights that may yet come', async () => {
    aws.objects.set('uploads/cat.jpg', { status: 403, code: 'AccessDenied', message: 'Access Denied' });
    const body = announcement('pictures', { key: 'uploads/cat.jpg', versionId: 'v', eTag: 'e', size: 1 });
    expect(failures(await invoke(start(), { body }))).toEqual(['body']);
    expect(aws.messages).toEqual([]);
  });

  it('makes once what is announced twice, in one batch and after it, and calls neither a failure', async () => {
    const lambda = start();
    const body = upload('uploads/cat.jpg', cat);
    const [again = '', ...more] = failures(await invoke(lambda, { one: body, other: body }));
    expect(['one', 'other']).toContain(again);
    expect(more).toEqual([]);
    expect(failures(await invoke(lambda, { [again]: body }))).toEqual([]);
    expect(aws.written).toHaveLength(2);
    expect(await counted(lambda)).toEqual({ PicturesMade: 1, PicturesPutOff: 1, PicturesKnown: 1 });
  });

  it('puts off what it has no time left for, rather than to be stopped in the middle of it', async () => {
    const lambda = start({ timeoutMs: 5_000 });
    await invoke(lambda, { none: '{"Records":[]}' });
    // Four are held at once: the fifth waits until most of the time is gone.
    let asked = 0;
    aws.beforeGet = async () => {
      asked += 1;
      if (asked <= 4) await new Promise((resolve) => setTimeout(resolve, 3_900));
    };
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const bodies = Object.fromEntries(names.map((name) => [name, upload(`uploads/${name}.jpg`, cat)]));
    const again = failures(await invoke(lambda, bodies));
    expect(again).toHaveLength(2);
    expect(asked).toBe(4);
    expect(failures(await invoke(lambda, Object.fromEntries(again.map((name) => [name, bodies[name] ?? '']))))).toEqual(
      [],
    );
    expect(new Set(aws.written).size).toBe(2 * names.length);
    expect(aws.written).toHaveLength(2 * names.length);
    expect(await counted(lambda)).toEqual({ PicturesMade: 6, PicturesPutOff: 2 });
  });

  describe('ended in the middle of a batch', () => {
    const untilAsked = (): Promise<void> =>
      new Promise((asked) => {
        aws.beforeGet = () => {
          asked();
          return new Promise(() => undefined);
        };
      });

    it.each(['a crash', 'a timeout'])('by %s, it fails, and nothing is taken for done', async (how) => {
      const lambda = start({ timeoutMs: 2_000 });
      const body = upload('uploads/cat.jpg', cat);
      const asked = untilAsked();
      const invocation = invoke(lambda, { body });
      await asked;
      if (how === 'a crash') await lambda.crash();
      const { functionError, payload } = await invocation;
      expect(functionError).toBe('Unhandled');
      expect(payload).toContain(how === 'a crash' ? 'Runtime.ExitError' : 'Sandbox.Timedout');
      // SQS sees no answer, and hands out the whole batch again after six times the timeout.
      expect(statuses()).toEqual(['INPROGRESS']);
      expect(aws.written).toEqual([]);

      // Until the time of the first is up, it may be at it still.
      aws.beforeGet = () => Promise.resolve();
      if (how === 'a crash') expect(failures(await invoke(lambda, { body }))).toEqual(['body']);
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      expect(failures(await invoke(lambda, { body }))).toEqual([]);
      expect(statuses()).toEqual(['COMPLETED']);
      expect(aws.written).toHaveLength(2);
    });
  });
});
