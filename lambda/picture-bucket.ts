import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Thumbnail } from '../service/thumbnail';
import { Refusal, type Upload } from './upload';

/** Which bytes are under a key now. */
export interface Current extends Pick<Upload, 'version' | 'eTag' | 'size'> {
  /** Where the bucket keeps no versions, `version` says nothing. */
  readonly isVersioned: boolean;
}

/** A picture whose bytes have not been read yet. */
export interface OpenPicture extends Current {
  readonly body: Readable;
}

/** The bucket that pictures are uploaded to, and thumbnails are written to. */
export interface Pictures {
  /** What is under the key now; undefined if nothing is. Its body must be read or destroyed. */
  open(key: string): Promise<OpenPicture | undefined>;
  /** The same without the body. */
  current(key: string): Promise<Current | undefined>;
  put(key: string, thumbnail: Thumbnail, source: Current): Promise<void>;
}

/** That bucket on S3. */
export class PictureBucket implements Pictures {
  constructor(
    private readonly s3: S3Client,
    readonly name: string,
  ) {}

  async open(key: string): Promise<OpenPicture | undefined> {
    const answer = await this.s3.send(new GetObjectCommand({ Bucket: this.name, Key: key })).catch(undefinedIfGone);
    if (answer === undefined) return undefined;
    const { Body: body } = answer;
    if (!(body instanceof Readable)) throw new Error(`S3 answered GetObject of ${key} without a body`);
    return { ...currentFrom(answer), body };
  }

  async current(key: string): Promise<Current | undefined> {
    const answer = await this.s3.send(new HeadObjectCommand({ Bucket: this.name, Key: key })).catch(undefinedIfGone);
    return answer && currentFrom(answer);
  }

  async put(key: string, { bytes, mediaType }: Thumbnail, { version, eTag }: Current): Promise<void> {
    await this.s3.send(
      new PutObjectCommand({
        Bucket: this.name,
        Key: key,
        Body: bytes,
        ContentType: mediaType,
        // Overwritten when another picture is uploaded under the same key.
        CacheControl: 'private, no-cache',
        Metadata: { 'source-etag': eTag, ...(version !== '' && { 'source-version': version }) },
      }),
    );
  }
}

function currentFrom(answer: {
  ETag?: string | undefined;
  VersionId?: string | undefined;
  ContentLength?: number | undefined;
}): Current {
  const { ETag = '', VersionId, ContentLength = 0 } = answer;
  // While versioning is suspended, S3 says "null".
  const isVersioned = VersionId !== undefined && VersionId !== 'null';
  return { isVersioned, version: isVersioned ? VersionId : '', eTag: ETag.replaceAll('"', ''), size: ContentLength };
}

/** 404 is also what S3 says of an object whose latest version is a delete marker. Who may not list gets 403 instead. */
function undefinedIfGone(error: unknown): undefined {
  if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404 && error.name !== 'NoSuchBucket') {
    return undefined;
  }
  throw refusalOf(error) ?? error;
}

/**
 * Why S3 will not give the bytes whenever it is asked, if that is so. Any other 403 may pass: rights that have just been
 * given take a while to be known everywhere.
 *
 * Source: S3 API Reference, "Error responses"; S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors".
 */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof S3ServiceException)) return undefined;
  if (error.name === 'InvalidObjectState') {
    const detail = `S3 has the picture in an archive: ${error.message} Restore it (aws s3api restore-object), then redrive.`;
    return new Refusal('archived', detail, { cause: error });
  }
  if (error.name.startsWith('KMS.') || (error.name === 'AccessDenied' && /\bkms:/.test(error.message))) {
    const detail = `The picture is encrypted with a key that the function may not use: ${error.message} Upload it with the bucket's own encryption, or grant kms:Decrypt, then redrive.`;
    return new Refusal('key-denied', detail, { cause: error });
  }
  return undefined;
}
