import { formatOf, type OutputFormat } from '../service/formats';
import type { Gate } from '../service/gate';
import { Problem, type ProblemName } from '../service/problem';
import type { ThumbnailsMaker } from '../service/thumbnail';
import type { Current, OpenPicture, Pictures } from './picture-bucket';
import { Refusal, thumbnailKey, UPLOADS, type Upload } from './upload';

/**
 * What became of an upload: its thumbnails were `made`, had been made before (`known`), or it is not there any more:
 * `gone`, or `superseded` by another under its key, which is announced by itself. A `folder`, as the console makes
 * them, is no picture.
 */
export type Outcome = 'made' | 'known' | 'gone' | 'superseded' | 'folder';

/** Does work once for each identity, however often it is asked to, and says whether it was done now. */
export type Once = (identity: Identity, work: () => Promise<void>) => Promise<boolean>;

/** What makes two announcements one: the same bytes under the same key, and the same thumbnails wanted of them. */
export interface Identity extends Pick<Upload, 'bucket' | 'key' | 'version' | 'eTag' | 'again'> {
  readonly thumbnails: string;
}

/** It has not been begun, and nothing is wrong with it: its announcement has to come again. */
export class PutOff extends Error {
  override readonly name = 'PutOff';

  /** @param why the same upload is being worked on elsewhere, or there is too little time left for it */
  constructor(readonly why: 'under-way' | 'no-time') {
    super(why);
  }
}

export interface UploadProcessorProps {
  /** Name of the only bucket that is read. */
  readonly bucket: string;
  readonly pictures: Pictures;
  readonly makeThumbnails: ThumbnailsMaker;
  /** In pixels; each a thumbnail. */
  readonly widths: readonly number[];
  readonly format: OutputFormat;
  /** Largest picture that is downloaded, in bytes. */
  readonly maxBytes: number;
  /** Room for the pictures that are held at once, as they were uploaded: for the largest at least. */
  readonly room: Gate;
  readonly once: Once;
  /** Whether there is time for one more picture. Asked when its turn has come. */
  readonly hasTime: () => boolean;
}

/** What no second try mends. The others (`busy`, `internal`) pass. */
const PERMANENT: readonly ProblemName[] = [
  'broken-image',
  'empty-body',
  'too-large',
  'too-many-pixels',
  'unsupported-image',
];

/** Enough for `formatOf`. */
const HEAD_BYTES = 256;

const never = new AbortController().signal;

/** It is not there any more, or not as announced: thrown so that nothing is remembered of it. */
class NotThere extends Error {
  constructor(readonly outcome: 'gone' | 'superseded') {
    super(outcome);
  }
}

/**
 * Makes the thumbnails of one upload. A second try, a second announcement and a part of the thumbnails that is there
 * already do no harm: the same thumbnails are written under the same keys.
 *
 * It throws Refusal where no second try would help, PutOff where it was not tried, and anything else where another try
 * might help. Of a message that comes again, `isRetry` says so.
 */
export function createUploadProcessor(
  props: UploadProcessorProps,
): (upload: Upload, isRetry?: boolean) => Promise<Outcome> {
  const { bucket, pictures, makeThumbnails, widths, format, maxBytes, room, once, hasTime } = props;

  /** The thumbnails of what is under the key now, if it is what is wanted. */
  async function make(key: string, wanted: Wanted): Promise<Current> {
    const picture = await pictures.open(key);
    if (picture === undefined) throw new NotThere('gone');
    try {
      if (!isSame(picture, wanted)) throw new NotThere('superseded');
      const bytes = await read(picture, maxBytes);
      const thumbnails = await makeThumbnails(bytes, { widths, format });
      for (const [index, width] of widths.entries()) {
        const thumbnail = thumbnails[index];
        if (thumbnail !== undefined) await pictures.put(thumbnailKey(key, width, format), thumbnail, picture);
      }
      return picture;
    } finally {
      picture.body.destroy();
    }
  }

  /**
   * As `make`, until what was made is of what is under the key: between its reading and its writing another picture may
   * have been uploaded, whose own announcement may have been worked off before the older thumbnails were written.
   */
  async function makeCurrent({ key, ...wanted }: Upload, isRetry: boolean): Promise<void> {
    const begin = (): Promise<Current> => {
      // Asked before anything is written, and not again: an older picture's thumbnails must not be left to stay.
      if (!hasTime()) throw new PutOff('no-time');
      return make(key, wanted);
    };
    let made = await room.run(wanted.size, never, begin).catch((error: unknown) => {
      // A try before this one may have written its thumbnails over those of the picture that is there now.
      if (isRetry && error instanceof NotThere && error.outcome === 'superseded') return undefined;
      throw error;
    });
    for (;;) {
      const now = await pictures.current(key);
      if (now === undefined || (made !== undefined && isSame(now, made))) return;
      // What is wrong with that one, its own announcement tells.
      if (now.size > maxBytes) throw new NotThere('superseded');
      const makeNow = () => make(key, now);
      made = await room.run(now.size, never, makeNow).catch((error: unknown) => {
        if (error instanceof NotThere) return made; // changed again: look again
        throw isPermanent(error) || error instanceof Refusal ? new NotThere('superseded') : error;
      });
    }
  }

  return async (upload, isRetry = false) => {
    refuseStranger(upload, bucket);
    if (upload.size === 0 && upload.key.endsWith('/')) return 'folder';
    if (upload.size > maxBytes) throw tooLarge(upload.size, maxBytes);
    for (const width of widths) thumbnailKey(upload.key, width, format);
    const { key, version, eTag, again } = upload;
    const wish = again === undefined ? {} : { again };
    const identity = { bucket, key, version, eTag, thumbnails: `${widths.join()}.${format}`, ...wish };
    try {
      return (await once(identity, () => makeCurrent(upload, isRetry))) ? 'made' : 'known';
    } catch (error) {
      if (error instanceof NotThere) return error.outcome;
      throw isPermanent(error) ? new Refusal(error.problem, error.message, { cause: error }) : error;
    }
  };
}

const isPermanent = (error: unknown): error is Problem => error instanceof Problem && PERMANENT.includes(error.problem);

type Wanted = Pick<Upload, 'version' | 'eTag'>;

/** Where the bucket keeps no versions, the ETag is all there is. */
const isSame = (one: Current, other: Wanted): boolean =>
  one.eTag === other.eTag && (!one.isVersioned || one.version === other.version);

/** The notification's filter lets nothing else come; where the filter was changed, it must be no loop. */
function refuseStranger({ bucket, key }: Upload, ours: string): void {
  if (bucket !== ours) {
    throw new Refusal('other-bucket', `The picture is in the bucket ${JSON.stringify(bucket)}; only ${ours} is read.`);
  }
  if (!key.startsWith(UPLOADS)) {
    throw new Refusal(
      'outside-uploads',
      `The key ${JSON.stringify(key)} does not begin with ${UPLOADS}. Narrow the notification that announced it.`,
    );
  }
}

/**
 * The whole picture; of what is none, or too large, no more than tells it.
 *
 * Not handed to sharp as a stream: sharp collects the chunks and joins them before it decodes, which takes the picture
 * twice (docs/lambda.md has the figures).
 */
async function read({ body, size }: OpenPicture, maxBytes: number): Promise<Uint8Array> {
  if (size === 0) throw new Problem('empty-body', 'The object is empty. Upload the bytes of a picture.');
  if (size > maxBytes) throw tooLarge(size, maxBytes);
  // One buffer from the start, for the same reason.
  const picture = Buffer.allocUnsafe(size);
  let length = 0;
  let isPicture = false;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.copy(picture, length);
    if (!isPicture && length >= Math.min(HEAD_BYTES, size)) {
      isPicture = formatOf(picture.subarray(0, length)) !== undefined;
      if (!isPicture) return picture.subarray(0, length); // the thumbnailer says what is wrong with it
    }
  }
  if (length < size) throw new Error(`The connection broke after ${length} of ${size} bytes.`);
  return picture;
}

const tooLarge = (size: number, maxBytes: number): Refusal =>
  new Refusal(
    'too-large',
    `The picture has ${size} bytes; at most ${maxBytes} are allowed. Upload a smaller one, or raise ` +
      'lambda.pipelineMaxMiB and deploy.',
  );
