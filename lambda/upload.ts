/** Where pictures are uploaded. Nothing but what lies below is ever read. */
export const UPLOADS = 'uploads/';
/** Where thumbnails are written. Nothing but what lies below ever is. */
export const THUMBNAILS = 'thumbnails/';

/** S3's limit on a key, in bytes of UTF-8 (S3 User Guide, "Naming Amazon S3 objects"). */
const MAX_KEY_BYTES = 1024;

/** One version of one object, as S3 announced it. */
export interface Upload {
  readonly bucket: string;
  /** As the object is called: decoded. */
  readonly key: string;
  /** Its version; where the bucket keeps none, what tells one upload under this key from the next. */
  readonly version: string;
  /** Without quotes. */
  readonly eTag: string;
  /** In bytes. */
  readonly size: number;
  /** Where its thumbnails are wanted though they have been made before: what tells this wish from the last. */
  readonly again?: string;
  /** The record that announced it, to be handed on. */
  readonly record: unknown;
}

/** Why a picture, or a message, goes to the dead-letter queue at once: trying again would change nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  /**
   * @param reason in one word, for a machine
   * @param detail what was wrong, with the value, and what to do
   */
  constructor(
    readonly reason: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

/**
 * The uploads that a message of the queue announces: an S3 event notification. None for the test that S3 sends when the
 * notification is set up, and for what is not the creation of an object.
 *
 * Source: S3 User Guide, "Event message structure".
 *
 * @throws Refusal `unreadable-message` where it is anything else
 */
export function uploadsIn(message: string): Upload[] {
  const event = parse(message);
  if (event['Event'] === 's3:TestEvent') return [];
  const records = event['Records'];
  if (!Array.isArray(records)) throw unreadable('it has no Records', message);
  return records.filter(isCreation).map((record) => uploadIn(record, message));
}

function parse(message: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(message);
    if (isObject(value)) return value;
  } catch (cause) {
    throw unreadable('it is no JSON', message, cause);
  }
  throw unreadable('it is no JSON object', message);
}

/** Other events are not subscribed to; a bucket may yet be set up to send them. */
const isCreation = (record: unknown): boolean =>
  isObject(record) && (typeof record['eventName'] !== 'string' || record['eventName'].startsWith('ObjectCreated:'));

function uploadIn(record: unknown, message: string): Upload {
  const s3 = member(record, 's3');
  const [bucket, object] = [member(s3, 'bucket'), member(s3, 'object')];
  const [name, key, eTag, size] = [bucket['name'], object['key'], object['eTag'], object['size']];
  if (typeof name !== 'string' || typeof key !== 'string' || typeof eTag !== 'string' || !isSize(size)) {
    throw unreadable('a record has no s3.bucket.name, s3.object.key, s3.object.eTag or s3.object.size', message);
  }
  const version = object['versionId'] ?? object['sequencer'];
  const again = isObject(record) ? record['again'] : undefined;
  return {
    bucket: name,
    key: decode(key, message),
    version: typeof version === 'string' ? version : '',
    eTag,
    size,
    ...(typeof again === 'string' && { again }),
    record,
  };
}

/** Keys are encoded as in a form: a space is a plus sign, and a plus sign `%2B`. */
function decode(key: string, message: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (cause) {
    throw unreadable(`the key ${JSON.stringify(key)} is not URL-encoded`, message, cause);
  }
}

/** The key in a message: what S3 does to it, and `uploadsIn` undoes. */
export const encodeKey = (key: string): string => encodeURIComponent(key).replaceAll('%20', '+');

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isSize = (value: unknown): value is number => typeof value === 'number' && value >= 0;

function member(value: unknown, name: string): Record<string, unknown> {
  const found = isObject(value) ? value[name] : undefined;
  return isObject(found) ? found : {};
}

function unreadable(fact: string, message: string, cause?: unknown): Refusal {
  const beginning = JSON.stringify(message.slice(0, 80));
  return new Refusal(
    'unreadable-message',
    `The message is no S3 event notification: ${fact}. It begins ${beginning}.`,
    {
      cause,
    },
  );
}

/**
 * The key of a thumbnail: `uploads/holiday/cat.jpg` becomes `thumbnails/holiday/cat.jpg/320.webp`. The whole key stays
 * in it, so that no two uploads share a thumbnail.
 *
 * @throws Refusal `key-too-long`
 */
export function thumbnailKey(key: string, width: number, format: string): string {
  const result = `${THUMBNAILS}${key.slice(UPLOADS.length)}/${width}.${format}`;
  const bytes = Buffer.byteLength(result);
  if (bytes > MAX_KEY_BYTES) {
    const most = Buffer.byteLength(key) - (bytes - MAX_KEY_BYTES);
    throw new Refusal(
      'key-too-long',
      `The key has ${Buffer.byteLength(key)} bytes, and its thumbnails' keys would have ${bytes} where S3 allows ` +
        `${MAX_KEY_BYTES}. Upload the picture under a key of at most ${most} bytes.`,
    );
  }
  return result;
}
