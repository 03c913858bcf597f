import { createHash } from 'node:crypto';
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  ImageAlreadyExistsException,
  ImageTagAlreadyExistsException,
  InitiateLayerUploadCommand,
  LayerAlreadyExistsException,
  PutImageCommand,
  UploadLayerPartCommand,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import type { Patiently } from '../patience';

/** Manifests of an image, and lists of images for several platforms. ECR converts what a caller does not accept. */
const MEDIA_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json',
];

/** An image or a list of images, as the registry keeps it. */
interface Manifest {
  /** Byte for byte: the digest is of these bytes. */
  readonly text: string;
  readonly digest: string;
  readonly mediaType: string | undefined;
}

/** What a manifest refers to: blobs, or the manifests of a list. */
interface References {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/** A private repository of the account, by the API of ECR: no login and no Docker. */
export class Repository {
  private readonly client = new ECRClient();

  constructor(readonly name: string) {}

  /** The image that a tag or a digest names; undefined where there is none. */
  async find(imageId: ImageIdentifier): Promise<Manifest | undefined> {
    const { images, failures } = await this.client.send(
      new BatchGetImageCommand({ repositoryName: this.name, imageIds: [imageId], acceptedMediaTypes: MEDIA_TYPES }),
    );
    const [image] = images ?? [];
    if (image === undefined) {
      // An image that is not there is a failure of the item and no error of the call.
      const other = failures?.find(({ failureCode }) => failureCode !== 'ImageNotFound');
      if (other !== undefined) throw new Error(`${this.name}: ${other.failureCode ?? ''} ${other.failureReason ?? ''}`);
      return undefined;
    }
    const { imageManifest: text, imageManifestMediaType: mediaType, imageId: { imageDigest: digest } = {} } = image;
    if (text === undefined || digest === undefined)
      throw new Error(`${this.name} answers an image without a manifest.`);
    const actual = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    if (actual !== digest) throw new Error(`${this.name} answers a manifest with the digest ${actual} for ${digest}.`);
    return { text, digest, mediaType };
  }

  async hasLayer(layerDigest: string): Promise<boolean> {
    const { layers } = await this.client.send(
      new BatchCheckLayerAvailabilityCommand({ repositoryName: this.name, layerDigests: [layerDigest] }),
    );
    return layers?.[0]?.layerAvailability === 'AVAILABLE';
  }

  /** The content of a blob, from the address that ECR gives for it. */
  async download(layerDigest: string): Promise<ReadableStream<Uint8Array>> {
    const { downloadUrl } = await this.client.send(
      new GetDownloadUrlForLayerCommand({ repositoryName: this.name, layerDigest }),
    );
    const { ok, status, body } = await fetch(downloadUrl ?? '');
    if (!ok || body === null) throw new Error(`${this.name}: the layer ${layerDigest} could not be read: ${status}.`);
    return body;
  }

  /** Uploads a blob in parts of the size that ECR asks for; ECR compares the digest. */
  async upload(layerDigest: string, content: ReadableStream<Uint8Array>): Promise<void> {
    const repositoryName = this.name;
    const { uploadId, partSize } = await this.client.send(new InitiateLayerUploadCommand({ repositoryName }));
    if (partSize === undefined) throw new Error(`${repositoryName} gives no size for the parts of a layer.`);
    let partFirstByte = 0;
    for await (const layerPartBlob of inParts(content, partSize)) {
      const partLastByte = partFirstByte + layerPartBlob.length - 1;
      const part = { uploadId, partFirstByte, partLastByte, layerPartBlob };
      await this.client.send(new UploadLayerPartCommand({ repositoryName, ...part }));
      partFirstByte = partLastByte + 1;
    }
    await this.client
      .send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [layerDigest] }))
      .catch(unless(LayerAlreadyExistsException));
  }

  async put({ text, digest, mediaType }: Manifest, imageTag: string | undefined): Promise<void> {
    const image = { imageManifest: text, imageDigest: digest, imageManifestMediaType: mediaType, imageTag };
    await this.client
      .send(new PutImageCommand({ repositoryName: this.name, ...image }))
      // The second: another deployment has pushed the tag in the meantime.
      .catch(unless(ImageAlreadyExistsException, ImageTagAlreadyExistsException));
  }
}

/** A copy to make: the image that a tag or a digest names, and the tag that it gets. */
export interface Copy {
  readonly source: Repository;
  readonly reference: ImageIdentifier;
  readonly target: Repository;
  /** Undefined for an image that a list refers to by its digest. */
  readonly tag?: string;
}

/** Copies an image from one repository into another: its blobs first, then its manifest, byte for byte. */
export async function copyImage({ source, reference, target, tag }: Copy, patiently: Patiently): Promise<void> {
  const manifest = await patiently(() => source.find(reference));
  const name = reference.imageTag ?? reference.imageDigest ?? '';
  if (manifest === undefined)
    throw new Error(`${source.name} has no image ${name}: cdk deploy pushes it there. Deploy again.`);
  const { config, layers = [], manifests = [] } = JSON.parse(manifest.text) as References;
  for (const { digest } of manifests)
    await copyImage({ source, reference: { imageDigest: digest }, target }, patiently);
  for (const { digest } of [...(config ? [config] : []), ...layers]) {
    if (await patiently(() => target.hasLayer(digest))) continue;
    console.log(`copying ${digest}`);
    await target.upload(digest, await patiently(() => source.download(digest)));
  }
  await target.put(manifest, tag);
}

/** The content in parts of one size; the last one is smaller. */
async function* inParts(content: ReadableStream<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let [chunks, length]: [Uint8Array[], number] = [[], 0];
  for await (const chunk of content) {
    chunks.push(chunk);
    length += chunk.length;
    if (length < size) continue;
    const all = Buffer.concat(chunks);
    const end = length - (length % size);
    for (let start = 0; start < end; start += size) yield all.subarray(start, start + size);
    [chunks, length] = [[all.subarray(end)], length - end];
  }
  if (length > 0) yield Buffer.concat(chunks);
}

/** Takes errors of these kinds for success, and no others. */
const unless =
  (...kinds: readonly (abstract new (...args: never[]) => Error)[]) =>
  (error: unknown): undefined => {
    if (!kinds.some((kind) => error instanceof kind)) throw error;
    return undefined;
  };
