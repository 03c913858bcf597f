import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AwsClient } from 'aws4fetch';
import { HOST_ARCHITECTURE, imageSourceHash } from '../../docker/build';
import { docker } from '../../docker/command';
import { Container } from '../../tools/container';
import { SMALL_CONTAINER } from '../../tools/docker';
import { describeContract } from '../../contract/contract';
import { freePort } from '../../contract/runtime/free-port';
import { appWith } from '../synthesis';
import { describeWithEngine } from './engine';
import { leaveOut } from '../left-out';

// CDK's own way of an image, to its end: bootstrap, build, push, and what is pulled back runs. The account is an
// emulator's, whose ECR is a registry that wants a login.

const FAKECLOUD = process.env['FAKECLOUD'] ?? path.join(__dirname, '..', '..', '..', 'shared', 'tools', 'fakecloud');
const CDK = require.resolve('aws-cdk/bin/cdk');

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
/** What `cdk bootstrap` makes for images. */
const REPOSITORY = `cdk-hnb659fds-container-assets-${ACCOUNT}-${REGION}`;
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

interface Assets {
  dockerImages: Record<string, { readonly source: { readonly executable: readonly string[] } }>;
}

/**
 * The app, synthesised; of the images with the one for this machine alone, since the other's base is not to be had here.
 *
 * @returns the folder of the assembly
 */
function synthesised(): string {
  const instanceType = HOST_ARCHITECTURE === 'x64' ? 't3.small' : 't4g.small';
  const { directory } = appWith({ 'ecs.instanceType': instanceType }).synth();
  const file = path.join(directory, 'Registry.assets.json');
  const assets = JSON.parse(readFileSync(file, 'utf8')) as Assets;
  const own = Object.entries(assets.dockerImages).filter(
    ([
      ,
      {
        source: { executable },
      },
    ]) => executable.includes(HOST_ARCHITECTURE) && executable.includes('service'),
  );
  writeFileSync(file, JSON.stringify({ ...assets, dockerImages: Object.fromEntries(own) }));
  return directory;
}

if (!existsSync(FAKECLOUD)) {
  leaveOut('Publishing the image', 'fakecloud is not here; FAKECLOUD says where it is');
} else {
  describeWithEngine('Publishing the image', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'thumbnails-publish-'));
    let assembly: string;
    let emulator: ChildProcess;
    let endpoint: string;
    let published: Ended;

    beforeAll(async () => {
      // The login is kept here, not with the developer's own.
      process.env['DOCKER_CONFIG'] = path.join(folder, 'docker');
      const port = await freePort();
      endpoint = `http://127.0.0.1:${port}`;
      emulator = spawn(FAKECLOUD, ['--region', REGION, '--account-id', ACCOUNT], {
        env: { ...process.env, FAKECLOUD_ADDR: `127.0.0.1:${port}` },
        stdio: 'ignore',
      });
      assembly = synthesised();
      await answering(endpoint);
      expect(await cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`, '--app', assembly)).toMatchObject({ code: 0 });
      published = await publish();
    }, 120_000);

    afterAll(async () => {
      const own = await docker('images', '--quiet', '--filter', `reference=${new URL(endpoint).host}/*`);
      for (const reference of await references(own)) await docker('rmi', reference);
      emulator.kill('SIGKILL');
      await once(emulator, 'exit');
      rmSync(folder, { recursive: true });
    });

    const cdk = (...args: readonly string[]): Promise<Ended> => run(args, { folder, endpoint });
    const publish = (environment: NodeJS.ProcessEnv = {}): Promise<Ended> =>
      run(['publish-assets', 'Registry', '--unstable=publish-assets', '--app', assembly], {
        folder,
        endpoint,
        environment,
      });
    const ecr = async (action: string, body: object): Promise<Record<string, unknown>> => {
      const aws = new AwsClient({ ...CREDENTIALS, service: 'ecr', region: REGION });
      const headers = {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': `AmazonEC2ContainerRegistry_V20150921.${action}`,
      };
      const answer = await aws.fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await answer.json()) as Record<string, unknown>;
    };
    const digest = async (): Promise<string> => {
      const { imageDetails } = await ecr('DescribeImages', { repositoryName: REPOSITORY });
      const images = imageDetails as { readonly imageDigest: string; readonly imageTags: readonly string[] }[];
      expect(images.map(({ imageTags }) => imageTags)).toEqual([[imageSourceHash(HOST_ARCHITECTURE)]]);
      return images[0]?.imageDigest ?? '';
    };

    it('is done by CDK, which builds it and pushes it under its content', async () => {
      expect(published.said).toContain('Assets published successfully');
      expect(published.code).toBe(0);
      expect(await digest()).toMatch(/^sha256:[0-9a-f]{64}$/);
    });

    it('leaves in the registry every byte that its manifest names', async () => {
      const { authorizationData } = await ecr('GetAuthorizationToken', {});
      const [{ authorizationToken } = { authorizationToken: '' }] = authorizationData as {
        authorizationToken: string;
      }[];
      const fetched = async (kind: string, reference: string): Promise<Buffer> => {
        const answer = await fetch(`${endpoint}/v2/${REPOSITORY}/${kind}/${reference}`, {
          headers: { Authorization: `Basic ${authorizationToken}` },
        });
        expect(answer.status).toBe(200);
        const bytes = Buffer.from(await answer.arrayBuffer());
        expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(reference);
        return bytes;
      };
      const manifest = JSON.parse((await fetched('manifests', await digest())).toString()) as {
        readonly config: { readonly digest: string };
        readonly layers: readonly { readonly digest: string; readonly size: number }[];
      };
      const config = JSON.parse((await fetched('blobs', manifest.config.digest)).toString()) as object;
      const architecture = HOST_ARCHITECTURE === 'x64' ? 'amd64' : 'arm64';
      expect(config).toMatchObject({ os: 'linux', architecture, config: { User: '1000:1000' } });
      await Promise.all(manifest.layers.map((layer) => fetched('blobs', layer.digest)));
      // What is pulled for each task that starts.
      const compressed = manifest.layers.reduce((sum, { size }) => sum + size, 0);
      expect(compressed).toBeGreaterThan(40e6);
      expect(compressed).toBeLessThan(65e6);
    });

    it('is not done again for the same content', async () => {
      const again = await publish({ CDK_DOCKER: 'no-docker-is-needed' });
      expect(again).toMatchObject({ code: 0 });
      expect(again.said).toContain('All assets are already published');
    });

    describe('and pulling it by its digest', () => {
      let container: Container;
      beforeAll(async () => {
        const image = `${new URL(endpoint).host}/${REPOSITORY}@${await digest()}`;
        await docker('pull', '--quiet', image);
        container = await Container.start({ image, ...SMALL_CONTAINER });
      }, 60_000);
      afterAll(() => (container as Container | undefined)?.[Symbol.asyncDispose]());

      describeContract('What was pulled', () => container.url, { fresh: true });
    });

    describe('where there is no Docker', () => {
      // Nothing of that tag is in the registry.
      beforeAll(() => {
        const file = path.join(assembly, 'Registry.assets.json');
        writeFileSync(file, readFileSync(file, 'utf8').replaceAll(imageSourceHash(HOST_ARCHITECTURE), 'not-built-yet'));
      });

      it('says at once that an engine must be started, or that AWS can build it', async () => {
        const { code, said } = await publish({ DOCKER_HOST: `unix://${folder}/no-engine` });
        expect(code).toBe(1);
        expect(said).toContain('The image of the service could not be built');
        expect(said).toContain('reaches no engine');
        expect(said).toContain('What to do: start Docker');
        expect(said).toContain('Or: let AWS build it, without Docker here, by the option -c registry.build=codebuild');
      });

      it('says at once that Docker must be installed', async () => {
        const { code, said } = await publish({ CDK_DOCKER: 'no-such-docker' });
        expect(code).toBe(1);
        // CDK logs in to the registry before it builds, so that these are its own words, with the image's name in them.
        expect(said).toContain("Please install 'no-such-docker'");
        expect(said).toContain('without it: -c registry.build=codebuild');
      });
    });
  });
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** Runs the CDK CLI as in a terminal of an account that is the emulator's. */
async function run(
  args: readonly string[],
  where: { readonly folder: string; readonly endpoint: string; readonly environment?: NodeJS.ProcessEnv },
): Promise<Ended> {
  const child = spawn(process.execPath, [CDK, ...args], {
    cwd: where.folder,
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: where.endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      // What it knows of an account is kept by access key.
      CDK_HOME: path.join(where.folder, 'cdk-home'),
      ...where.environment,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

/** Every name under which images are known here. */
async function references(ids: string): Promise<string[]> {
  const unique = [...new Set(ids.split('\n').filter((id) => id !== ''))];
  const named = await Promise.all(
    unique.map(
      async (id) => JSON.parse(await docker('image', 'inspect', '--format', '{{json .RepoTags}}', id)) as string[],
    ),
  );
  return named.flat().filter((name) => name.startsWith('127.0.0.1'));
}

/** Asks until something answers there. */
async function answering(url: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer !== undefined) return;
    if (Date.now() > deadline) throw new Error(`nothing answers at ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
