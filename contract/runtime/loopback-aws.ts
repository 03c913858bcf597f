import { createHash, randomUUID } from 'node:crypto';
import type http from 'node:http';
import { LoopbackServer } from './loopback-server';

/** An object of the bucket, or how S3 answers who asks for it. */
export type StoredObject =
  | { readonly bytes: Uint8Array; readonly version: string }
  | { readonly status: number; readonly code: string; readonly message: string };

/** A message as it was sent, its attributes by name. */
export interface SentMessage {
  readonly queue: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What Powertools remember of an upload, in DynamoDB's JSON. */
export type Item = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

export const eTagOf = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/**
 * As much of S3, SQS and DynamoDB on loopback as the pipeline calls: one bucket that keeps versions, one table that
 * Powertools keep their records in, any queue. It answers at once, and has no policies: test/emulated has those.
 */
export class LoopbackAws extends LoopbackServer {
  readonly objects = new Map<string, StoredObject>();
  readonly written: string[] = [];
  readonly messages: SentMessage[] = [];
  readonly records = new Map<string, Item>();
  /** Before an object is given out; until it is resolved, the asker waits. */
  beforeGet: (key: string) => Promise<void> = () => Promise.resolve();

  /** What the AWS SDK needs to call it, and no other endpoint. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  protected override async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const target = request.headers['x-amz-target'];
    if (target === undefined) await this.#s3(request, body, response);
    else {
      const input = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
      const [status, output] = this.#json(String(target).replace(/^.*\./, ''), input);
      response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(JSON.stringify(output));
    }
  }

  async #s3(
    { method = '', url = '' }: http.IncomingMessage,
    body: Buffer,
    response: http.ServerResponse,
  ): Promise<void> {
    const [, path = ''] = /^\/[^/]+\/([^?]*)/.exec(url) ?? [];
    const key = decodeURIComponent(path);
    if (method === 'PUT') {
      this.written.push(key);
      this.objects.set(key, { bytes: body, version: randomUUID() });
      response.writeHead(200, { ETag: `"${eTagOf(body)}"` }).end();
      return;
    }
    if (method === 'GET') await this.beforeGet(key);
    const object = this.objects.get(key) ?? { status: 404, code: 'NoSuchKey', message: 'There is no such key.' };
    if ('code' in object) {
      const { status, code, message } = object;
      const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
      response.writeHead(status, { 'Content-Type': 'application/xml' }).end(method === 'HEAD' ? undefined : xml);
      return;
    }
    const headers = { 'Content-Length': object.bytes.length, ETag: `"${eTagOf(object.bytes)}"` };
    response.writeHead(200, { ...headers, 'x-amz-version-id': object.version });
    response.end(method === 'HEAD' ? undefined : object.bytes);
  }

  #json(operation: string, input: Record<string, unknown>): [status: number, output: unknown] {
    switch (operation) {
      case 'SendMessage': {
        const body = String(input['MessageBody']);
        const attributes = (input['MessageAttributes'] ?? {}) as Record<string, { StringValue: string }>;
        this.messages.push({
          queue: String(input['QueueUrl']),
          body,
          attributes: Object.fromEntries(Object.entries(attributes).map(([name, each]) => [name, each.StringValue])),
        });
        return [200, { MessageId: randomUUID(), MD5OfMessageBody: eTagOf(Buffer.from(body)) }];
      }
      case 'PutItem': {
        const item = input['Item'] as Item;
        const known = this.records.get(item['id']?.S ?? '');
        // The condition that Powertools send, in words.
        const isFree = known?.['status']?.S === 'INPROGRESS' && Number(known['in_progress_expiration']?.N) < Date.now();
        if (known !== undefined && !isFree)
          return [400, { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', Item: known }];
        this.records.set(item['id']?.S ?? '', item);
        return [200, {}];
      }
      case 'UpdateItem': {
        const id = (input['Key'] as Item)['id']?.S ?? '';
        const status = (input['ExpressionAttributeValues'] as Item)[':status'] ?? {};
        this.records.set(id, { ...this.records.get(id), status });
        return [200, {}];
      }
      case 'DeleteItem':
        this.records.delete((input['Key'] as Item)['id']?.S ?? '');
        return [200, {}];
      default:
        return [400, { __type: 'UnknownOperationException', message: operation }];
    }
  }
}
