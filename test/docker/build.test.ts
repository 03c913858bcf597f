import { execFile, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { buildImage, ImageBuildError, imageSourceHash, localImage } from '../../docker/build';
import { imageContext } from '../../docker/context';
import { describeUnless } from '../left-out';

// What `cdk deploy` runs, as it runs it: a program whose output is the image's name, and a Docker that says what Docker
// says. With a real one: container.test.ts, publish.test.ts.

const run = promisify(execFile);
const BUILD = path.join(__dirname, '..', '..', 'docker', 'build.ts');
const TSX = require.resolve('tsx');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'image-build-'));
  mkdirSync(path.join(folder, 'tmp'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Docker that is this shell script; `$1` is Docker's command. */
function dockerThat(script: string): string {
  const command = path.join(folder, 'docker');
  writeFileSync(command, `#!/bin/sh\n${script}\n`);
  chmodSync(command, 0o755);
  return command;
}

/** Runs the program with that Docker. */
async function build(command: string, ...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, CDK_DOCKER: command, TMPDIR: path.join(folder, 'tmp'), FOLDER: folder };
  const ended = await run(process.execPath, ['--import', TSX, BUILD, ...args], { cwd: folder, env }).catch(
    (failure: unknown) => failure as Ended,
  );
  return { code: (ended as Partial<Ended>).code ?? 0, stdout: ended.stdout, stderr: ended.stderr };
}

const OTHER_WAY = 'Or: let AWS build it, without Docker here, by the option -c registry.build=codebuild';

const hasShell = spawnSync('sh', ['-c', 'true']).status === 0;
describeUnless(hasShell ? undefined : 'there is no sh', 'Building the image', () => {
  test('builds from the bundle for the platform asked for, and prints the name of the image alone', async () => {
    const { code, stdout, stderr } = await build(
      dockerThat(`case $1 in
         image) exit 1 ;;
         build) printf '%s\\n' "$@" >$FOLDER/arguments; ls >$FOLDER/context; echo "BuildKit: $DOCKER_BUILDKIT"; echo 'to stderr' >&2 ;;
       esac`),
      '--architecture',
      'arm64',
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${localImage('arm64')}\n` });
    expect(stderr).toContain('BuildKit: 1');
    expect(stderr).toContain('to stderr');
    const args = readFileSync(path.join(folder, 'arguments'), 'utf8').split('\n');
    expect(args[args.indexOf('--platform') + 1]).toBe('linux/arm64');
    expect(args[args.indexOf('--target') + 1]).toBe('service');
    expect(args[args.indexOf('--tag') + 1]).toBe(localImage('arm64'));
    const context = readFileSync(path.join(folder, 'context'), 'utf8').trim().split('\n');
    expect(context).toEqual(expect.arrayContaining(['Dockerfile', 'node_modules', 'package.json', 'server.mjs']));
    expect(readdirSync(path.join(folder, 'tmp')).filter((name) => name.startsWith('thumbnails-'))).toEqual([]);
  });

  test('builds what ECS Exec needs where it is asked to, under another name', async () => {
    const docker = dockerThat(`case $1 in image) exit 1 ;; build) printf '%s\\n' "$@" >$FOLDER/arguments ;; esac`);
    const { code, stdout } = await build(docker, '--architecture', 'x64', '--target', 'exec');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${localImage('x64', 'exec')}\n` });
    expect(readFileSync(path.join(folder, 'arguments'), 'utf8')).toContain('--target\nexec\n');
  });

  test('builds nothing where the image is there already', async () => {
    const { code, stdout } = await build(
      dockerThat('[ $1 = build ] && touch $FOLDER/built; exit 0'),
      '--architecture',
      'x64',
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${localImage('x64')}\n` });
    expect(existsSync(path.join(folder, 'built'))).toBe(false);
  });

  test('without Docker, says what to do, and that AWS can build it', async () => {
    const { code, stdout, stderr } = await build(path.join(folder, 'no-docker'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`there is no command ${folder}/no-docker on this machine`);
    expect(stderr).toContain('What to do: install Docker');
    expect(stderr).toContain(OTHER_WAY);
  });

  // Each in the very words of Docker 20.10, 28.2 or 29.
  test.each([
    [
      'an engine that does not run',
      `[ $1 = version ] && echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1`,
      'reaches no engine',
      'What to do: start Docker',
    ],
    [
      'a Docker without buildx',
      `[ $1 = version ] && exit 0; echo 'ERROR: BuildKit is enabled but the buildx component is missing or broken.' >&2; exit 1`,
      'its buildx plugin is missing',
      'What to do: install the package docker-buildx-plugin',
    ],
    [
      'a base image for another platform',
      `[ $1 = version ] && exit 0; echo 'ERROR: failed to solve: node: no match for platform in manifest: not found' >&2; exit 1`,
      'the base image that Docker found is not for this platform',
      'What to do: give Docker the base image',
    ],
    [
      'a program that this machine cannot run',
      `[ $1 = version ] && exit 0; echo 'exec /bin/sh: exec format error' >&2; exit 1`,
      'a program of the other architecture was run',
      'What to do: install the emulation',
    ],
    [
      'a registry out of reach',
      `[ $1 = version ] && exit 0; echo 'failed to do request: Head "https://public.ecr.aws/v2/": dial tcp: lookup public.ecr.aws: no such host' >&2; exit 1`,
      'an image that docker/Dockerfile names could not be fetched',
      'What to do: see that its registry can be reached',
    ],
    [
      'anything else',
      `[ $1 = version ] && exit 0; echo 'no space left on device' >&2; exit 1`,
      '  | no space left on device',
      'What to do: fix what it reports',
    ],
  ])('with %s, says so, and what to do', async (_, script, why, remedy) => {
    process.env['CDK_DOCKER'] = dockerThat(script);
    const failure = await buildImage({ architecture: 'x64' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImageBuildError);
    for (const words of [why, remedy]) expect((failure as Error).message).toContain(words);
    // Of no use to whom it is built for here.
    expect((failure as Error).message).not.toContain(OTHER_WAY);
  });

  test('refuses an architecture that there is no bundle for', async () => {
    const { code, stderr } = await build(dockerThat('exit 0'), '--architecture', 'riscv64');
    expect(code).toBe(1);
    expect(stderr).toContain('--architecture is "riscv64": it must be arm64 or x64.');
  });

  test('refuses a target that the Dockerfile does not have', async () => {
    const { code, stderr } = await build(dockerThat('exit 0'), '--target', 'system');
    expect(code).toBe(1);
    expect(stderr).toContain('--target is "system": it must be one of service, exec, lambda.');
  });
});

test('each architecture has an image of its own', () => {
  expect(imageSourceHash('arm64')).toMatch(/^[0-9a-f]{64}$/);
  expect(imageSourceHash('arm64')).not.toBe(imageSourceHash('x64'));
  expect(imageSourceHash('arm64')).toBe(imageSourceHash('arm64'));
  expect(imageSourceHash('arm64', 'service')).toBe(imageSourceHash('arm64'));
  expect(imageSourceHash('arm64', 'exec')).not.toBe(imageSourceHash('arm64'));
  expect(imageSourceHash('arm64', 'lambda')).not.toBe(imageSourceHash('arm64'));
});

test.each(['arm64', 'x64'] as const)(
  'the context for a builder elsewhere has all that goes into the image for %s',
  (of) => {
    const files = unzipSync(readFileSync(imageContext(of)));
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['Dockerfile', 'package.json', 'server.mjs']));
    expect(Buffer.from(files['Dockerfile'] ?? []).toString()).toBe(
      readFileSync(path.join(__dirname, '..', '..', 'docker', 'Dockerfile'), 'utf8'),
    );
    expect(Object.keys(files).some((name) => name.startsWith(`node_modules/@img/sharp-linux-${of}/`))).toBe(true);
  },
);
