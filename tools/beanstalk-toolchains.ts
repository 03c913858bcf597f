import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { type SourceBundle, sourceBundle } from '../lib/beanstalk/source-bundle';
import type { BeanstalkPlatform } from '../lambda/beanstalk/platforms';
import type { Architecture } from '../packaging/bundle';
import { zipEntries } from '../packaging/zip-directory';

// What an instance of each platform does with a source bundle before it starts it, done here with this machine's
// toolchain.

interface Toolchain {
  /** Programs it takes, each as this machine may call it, by the name that a person knows. */
  readonly programs: Readonly<Record<string, RegExp>>;
  /** Why a program that is here can't build the sample. */
  readonly tooOld?: () => string | undefined;
  /** Command lines that the platform runs in the bundle's folder; a Buildfile's own come after them. */
  readonly build: readonly string[];
  /** Folder whose programs the Procfile finds first. */
  readonly bin?: string;
  /** What the platform starts where the bundle has no Procfile. */
  readonly web?: string;
  /** What a build says that could not fetch something that this machine may not reach. */
  readonly unreachable?: RegExp;
}

const SAMPLE_SOURCES = path.join(__dirname, '..', 'beanstalk');

/** Whether this Go is older than go.mod asks for: it would then fetch a newer one, or fail. */
function goTooOld(): string | undefined {
  const [, needed = ''] = /^go (\d+\.\d+)/m.exec(readFileSync(path.join(SAMPLE_SOURCES, 'go', 'go.mod'), 'utf8')) ?? [];
  const said = spawnSync(programOf(/^go$/) ?? '', ['version'], { encoding: 'utf8' }).stdout;
  const [, has] = /\bgo(\d+\.\d+)/.exec(said) ?? [];
  return has !== undefined && has.localeCompare(needed, 'en', { numeric: true }) >= 0
    ? undefined
    : `the sample takes go ${needed} or newer, and this machine has ${has === undefined ? 'one that tells no version' : `go ${has}`}`;
}

const TOOLCHAINS: Record<BeanstalkPlatform, Toolchain> = {
  node: { programs: {}, build: [] },
  python: {
    programs: { python3: /^python3$/ },
    build: ['python3 -m venv .venv', '.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt'],
    bin: '.venv/bin',
  },
  java: { programs: { java: /^java$/, mvn: /^mvn$/ }, build: [] },
  go: {
    programs: { go: /^go$/ },
    tooOld: goTooOld,
    build: ['go build -o bin/application application.go'],
    web: 'bin/application',
  },
  php: { programs: { 'php-fpm': /^php-fpm[\d.]*$/, nginx: /^nginx$/ }, build: [] },
  ruby: { programs: { ruby: /^ruby$/, puma: /^puma$/ }, build: [] },
  dotnet: {
    programs: { dotnet: /^dotnet$/ },
    // What the bundle's hook does once it has installed the SDK.
    build: ['dotnet publish Application.csproj --configuration Release --output published'],
  },
  docker: {
    programs: { docker: /^docker$/ },
    build: ['"$DOCKER" build --quiet --network none --tag "$IMAGE" .'],
    unreachable: /failed to resolve|failed to do request|no such host|i\/o timeout|toomanyrequests/i,
    web: '"$DOCKER" run --rm ${SANDBOX_RUN:+--label compute-options.sandbox=$SANDBOX_RUN} --network host --read-only --tmpfs /tmp --cap-drop ALL --env PORT --env SERVICE_OPTION --env HOST=127.0.0.1 "$IMAGE"',
  },
};

const FOLDERS = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/local/sbin', '/usr/sbin'];

/** The path of a program on this machine. */
export function programOf(name: RegExp): string | undefined {
  for (const folder of FOLDERS.filter((each) => existsSync(each))) {
    const found = readdirSync(folder).find((file) => name.test(file));
    if (found !== undefined) return path.join(folder, found);
  }
  return undefined;
}

/** The one that CDK uses too. */
const DOCKER = process.env['CDK_DOCKER'] ?? 'docker';

/** A sample as its platform has it on an instance. */
export interface Sample {
  readonly platform: BeanstalkPlatform;
  readonly bundle: SourceBundle;
  /** Its source bundle, unzipped, and what was built there. */
  readonly folder: string;
  /** Written when all of it has been built. */
  readonly built: string;
  /** Shell command lines. */
  readonly build: readonly string[];
  /** The shell command line that starts it, or undefined where the platform's own server does. */
  readonly web: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** Why it can't be built and started on this machine. */
  readonly lacks: string | undefined;
  /** What a build says that failed for want of the network alone. */
  readonly unreachable: RegExp | undefined;
}

const HOST: Architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const SAMPLES = path.join(__dirname, '..', '.cache', 'beanstalk', 'samples');

const commandsOf = (file: string): Map<string, string> =>
  new Map(
    (existsSync(file) ? readFileSync(file, 'utf8') : '')
      .split('\n')
      .flatMap((line) => [/^([\w-]+):\s*(.+)$/.exec(line)?.slice(1) as [string, string] | undefined])
      .filter((pair) => pair !== undefined),
  );

/** What this machine lacks for a platform. */
function lacking(platform: BeanstalkPlatform): string | undefined {
  if (process.platform !== 'linux') return `the samples run on Linux only, this is ${process.platform}`;
  const { programs, tooOld }: Toolchain = TOOLCHAINS[platform];
  const missing = Object.keys(programs).filter((name) => programOf(programs[name] ?? /$./) === undefined);
  if (missing.length > 0) return `${missing.join(' and ')} not found on this machine`;
  if (platform === 'docker' && spawnSync(DOCKER, ['info']).status !== 0)
    return 'no container engine answers docker info';
  return tooOld?.();
}

/** @throws Error where the service's bundle must be made first */
export function sampleOf(platform: BeanstalkPlatform): Sample {
  const bundle = sourceBundle(platform, HOST);
  const folder = path.join(SAMPLES, bundle.versionLabel);
  const { build, bin, web, unreachable } = TOOLCHAINS[platform];
  const source = path.join(SAMPLE_SOURCES, platform);
  return {
    platform,
    bundle,
    folder,
    built: `${folder}.built`,
    build: [...build, ...commandsOf(path.join(source, 'Buildfile')).values()],
    web: web ?? commandsOf(path.join(source, 'Procfile')).get('web'),
    environment: {
      ...process.env,
      ...(bin === undefined ? {} : { PATH: `${path.join(folder, bin)}${path.delimiter}${process.env['PATH'] ?? ''}` }),
      DOCKER,
      DOCKER_BUILDKIT: '1',
      IMAGE: `thumbnails-beanstalk:${bundle.hash.slice(0, 12)}`,
    },
    lacks: lacking(platform),
    unreachable,
  };
}

/** Unzips its source bundle, as Elastic Beanstalk does on an instance, in place of what was there. */
export function unzipSample({ bundle, folder }: Sample): void {
  const unfinished = `${folder}.${process.pid}`;
  const zip = readFileSync(bundle.path);
  const contents = unzipSync(zip);
  try {
    for (const { name, mode } of zipEntries(zip)) {
      const file = path.join(unfinished, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, contents[name] ?? '');
      if (mode !== undefined) chmodSync(file, mode);
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Why a test of this sample has to be skipped; undefined where it can be started, once unzipped if nothing is built. */
export function notStartable(sample: Sample): string | undefined {
  if (sample.lacks !== undefined) return sample.lacks;
  return existsSync(sample.built) || sample.build.length === 0
    ? undefined
    : 'not built yet; run: npm run beanstalk:samples';
}
