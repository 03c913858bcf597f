import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The digest of content, as registries write it. */
export const sha256 = (content: Buffer | string): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

const MIB = 1_048_576;
/** What ECR asks for in tests; the service itself asks for 20 MiB. */
const PART_SIZE = 5 * MIB;
/** The least that a part may have, but for the last one (ECR API Reference, "UploadLayerPart"). */
const LEAST_PART = 5 * MIB;

class Refusal extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
  override toString(): string {
    return this.type;
  }
}

interface StoredRepository {
  readonly layers: Map<string, Buffer>;
  /** Manifests by digest. */
  readonly manifests: Map<string, string>;
  readonly tags: Map<string, string>;
}

type Body = Readonly<Record<string, unknown>>;

/** ECR's API for images and CodeBuild's for builds, which refuse what AWS refuses; and CloudFormation's end. */
export class EcrAndCodeBuild {
  /** What CloudFormation was answered. */
  answered: Record<string, unknown> | undefined;
  /** Each call, by its action. */
  calls: string[] = [];
  /** The sizes of the parts of each layer that was uploaded. */
  readonly parts: number[][] = [];
  /** How often each action is still denied. */
  denied: Record<string, number> = {};
  /** Says yes to PutImage and stores nothing. */
  forgetsPuts = false;
  beforePut: (() => void) | undefined;
  /** The states that a build goes through. */
  builds: string[] = [];
  started: Body[] = [];
  onBuilt: (() => void) | undefined;
  refusedBuild: string | undefined;

  private readonly repositories = new Map<string, StoredRepository>();
  private readonly uploads = new Map<string, { content: Buffer[]; next: number; sizes: number[] }>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<EcrAndCodeBuild> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const aws = new EcrAndCodeBuild(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request: IncomingMessage, response) => {
      void bodyOf(request).then((body) => {
        const [status, said] = aws.reply(request, body);
        const type = status === 400 ? { 'x-amzn-errortype': (said as { __type: string }).__type } : {};
        response.writeHead(status, type).end(Buffer.isBuffer(said) ? said : JSON.stringify(said));
      });
    });
    return aws;
  }

  stop(): Promise<unknown> {
    return new Promise((resolve) => this.server.close(resolve));
  }

  reset(repositories: readonly string[]): void {
    this.repositories.clear();
    for (const name of repositories)
      this.repositories.set(name, { layers: new Map(), manifests: new Map(), tags: new Map() });
    [this.answered, this.calls, this.denied, this.forgetsPuts] = [undefined, [], {}, false];
    [this.builds, this.started, this.onBuilt, this.beforePut, this.refusedBuild] = [
      [],
      [],
      undefined,
      undefined,
      undefined,
    ];
    this.parts.length = 0;
    this.uploads.clear();
  }

  addLayer(repository: string, content: Buffer, digest = sha256(content)): void {
    this.repository(repository).layers.set(digest, content);
  }

  addImage(repository: string, manifest: string, tag: string): void {
    const { manifests, tags } = this.repository(repository);
    manifests.set(sha256(manifest), manifest);
    tags.set(tag, sha256(manifest));
  }

  /** The manifest that a tag or a digest names. */
  imageOf(repository: string, reference: string): string | undefined {
    const { manifests, tags } = this.repository(repository);
    return manifests.get(tags.get(reference) ?? reference);
  }

  layerOf(repository: string, digest: string): Buffer | undefined {
    return this.repository(repository).layers.get(digest);
  }

  put(repository: string, { imageManifest, imageTag, imageDigest }: Body): object {
    const { layers, manifests, tags } = this.repository(repository);
    const text = imageManifest as string;
    const digest = sha256(text);
    if (imageDigest !== undefined && imageDigest !== digest)
      throw new Refusal('ImageDigestDoesNotMatchException', `the digest is ${digest}`);
    const parsed = JSON.parse(text) as Record<'layers' | 'manifests', { digest: string }[] | undefined> & {
      config?: { digest: string };
    };
    const blobs = [...(parsed.config ? [parsed.config] : []), ...(parsed.layers ?? [])];
    const missing = blobs.find((blob) => !layers.has(blob.digest));
    if (missing) throw new Refusal('LayersNotFoundException', missing.digest);
    const unknown = parsed.manifests?.find((each) => !manifests.has(each.digest));
    if (unknown) throw new Refusal('ReferencedImagesNotFoundException', unknown.digest);
    const tag = imageTag as string | undefined;
    if (tag !== undefined && tags.has(tag))
      throw tags.get(tag) === digest
        ? new Refusal('ImageAlreadyExistsException', tag)
        : new Refusal('ImageTagAlreadyExistsException', `${tag} is immutable`);
    if (!this.forgetsPuts) {
      manifests.set(digest, text);
      if (tag !== undefined) tags.set(tag, digest);
    }
    return { image: { imageId: { imageDigest: digest, imageTag: tag } } };
  }

  private repository(name: string): StoredRepository {
    const found = this.repositories.get(name);
    if (!found) throw new Refusal('RepositoryNotFoundException', `no repository ${name}`);
    return found;
  }

  private reply(request: IncomingMessage, text: Buffer): readonly [number, object] {
    const url = request.url ?? '';
    if (url === '/answer') {
      this.answered = JSON.parse(text.toString()) as Record<string, unknown>;
      return [200, {}];
    }
    const [, repository, digest] = /^\/layers\/([^/]+)\/(.*)$/.exec(url) ?? [];
    if (repository !== undefined && digest !== undefined) {
      const layer = this.layerOf(repository, digest);
      return layer ? [200, layer] : [404, {}];
    }
    const action = String(request.headers['x-amz-target']).replace(/.*\./, '');
    this.calls.push(action);
    try {
      const left = this.denied[action] ?? 0;
      if (left > 0) {
        this.denied[action] = left - 1;
        throw new Refusal('AccessDeniedException', 'not authorized');
      }
      return [200, this.act(action, JSON.parse(text.toString()) as Body)];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [400, { __type: error.type, message: error.message }];
    }
  }

  private act(action: string, body: Body): object {
    const name = body['repositoryName'] as string;
    switch (action) {
      case 'BatchGetImage':
        return this.getImage(name, body);
      case 'BatchCheckLayerAvailability': {
        const { layers } = this.repository(name);
        const digests = body['layerDigests'] as string[];
        return {
          layers: digests.map((layerDigest) => ({
            layerDigest,
            layerAvailability: layers.has(layerDigest) ? 'AVAILABLE' : 'UNAVAILABLE',
          })),
        };
      }
      case 'GetDownloadUrlForLayer': {
        const digest = body['layerDigest'] as string;
        if (!this.repository(name).layers.has(digest)) throw new Refusal('LayersNotFoundException', digest);
        return { downloadUrl: `${this.url}/layers/${name}/${digest}`, layerDigest: digest };
      }
      case 'InitiateLayerUpload': {
        this.repository(name);
        const uploadId = `upload-${this.uploads.size}`;
        this.uploads.set(uploadId, { content: [], next: 0, sizes: [] });
        return { uploadId, partSize: PART_SIZE };
      }
      case 'UploadLayerPart':
        return this.uploadPart(body);
      case 'CompleteLayerUpload':
        return this.completeUpload(name, body);
      case 'PutImage':
        this.beforePut?.();
        return this.put(name, body);
      case 'StartBuild':
        if (this.refusedBuild !== undefined) throw new Refusal(this.refusedBuild, 'Cannot have more than 0 builds');
        this.started.push(body);
        return { build: this.build('IN_PROGRESS') };
      case 'BatchGetBuilds':
        return { builds: [this.build(this.builds.shift() ?? 'IN_PROGRESS')] };
      default:
        throw new Error(`no ${action} here`);
    }
  }

  private getImage(name: string, body: Body): object {
    const { tags, manifests } = this.repository(name);
    const [{ imageTag, imageDigest } = {}] = body['imageIds'] as { imageTag?: string; imageDigest?: string }[];
    const digest = imageTag === undefined ? imageDigest : tags.get(imageTag);
    const text = manifests.get(digest ?? '');
    if (text === undefined)
      return {
        images: [],
        failures: [{ imageId: { imageTag }, failureCode: 'ImageNotFound', failureReason: 'no image' }],
      };
    const { mediaType } = JSON.parse(text) as { mediaType?: string };
    const image = {
      imageId: { imageTag, imageDigest: digest },
      imageManifest: text,
      imageManifestMediaType: mediaType,
    };
    return { images: [image], failures: [] };
  }

  private uploadPart(body: Body): object {
    const upload = this.uploads.get(body['uploadId'] as string);
    if (!upload) throw new Refusal('UploadNotFoundException', String(body['uploadId']));
    const part = Buffer.from(body['layerPartBlob'] as string, 'base64');
    const [first, last] = [body['partFirstByte'] as number, body['partLastByte'] as number];
    const before = upload.sizes.at(-1);
    if (first !== upload.next || last - first + 1 !== part.length || part.length > PART_SIZE)
      throw new Refusal('InvalidLayerPartException', `${first} to ${last}, and not from ${upload.next}`);
    if (before !== undefined && before < LEAST_PART) throw new Refusal('LayerPartTooSmallException', String(before));
    upload.content.push(part);
    upload.sizes.push(part.length);
    upload.next = last + 1;
    return { lastByteReceived: last };
  }

  private completeUpload(name: string, body: Body): object {
    const upload = this.uploads.get(body['uploadId'] as string);
    if (!upload) throw new Refusal('UploadNotFoundException', String(body['uploadId']));
    if (upload.next === 0) throw new Refusal('EmptyUploadException', 'no bytes');
    const content = Buffer.concat(upload.content);
    const [digest] = body['layerDigests'] as [string];
    if (digest !== sha256(content)) throw new Refusal('InvalidLayerException', `InvalidLayer: not ${digest}`);
    const { layers } = this.repository(name);
    if (layers.has(digest)) throw new Refusal('LayerAlreadyExistsException', digest);
    layers.set(digest, content);
    this.parts.push(upload.sizes);
    return { layerDigest: digest };
  }

  private build(buildStatus: string): object {
    if (buildStatus === 'SUCCEEDED') this.onBuilt?.();
    const phases = buildStatus === 'IN_PROGRESS' ? [] : [{ contexts: [{ message: 'no capacity for this build' }] }];
    return { id: 'builder:1', buildStatus, phases, logs: { deepLink: 'https://console/log' } };
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
