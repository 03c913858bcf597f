import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { bundleState, pipelineBundle } from '../packaging/bundle';
import { FRAMEWORKS } from '../packaging/framework-packages';
import { startNodeServer } from '../contract/runtime/node-server';
import { picture } from '../contract/pictures';
import { unpackBundle } from '../contract/runtime/unpacked-bundle';
import { nodeBinary, runtimeClient } from '../contract/runtime/install';
import { ADAPTER, whyNoAdapter } from '../contract/runtime/lambda-adapter';
import { LambdaFunction } from '../contract/runtime/lambda-function';
import { benchCost } from './bench/cost';
import { benchFrameworks } from './bench/frameworks';
import { functionUrlEvent, MEMORY_MIB, measureFunctions, type Start, type Subject } from './bench/functions';
import { benchImage } from './bench/image';
import { benchPipeline, type PipelineFigures } from './bench/pipeline';
import { peakMemoryMiB, spread } from './bench/quantities';
import { benchSandbox } from './bench/sandbox';
import { benchSynth } from './bench/synth';
import { benchWays } from './bench/ways';
import { fail, readCommandLine, UsageError } from './command-line';
import { type Figures, renderFigures } from './figures';

const ROOT = path.join(__dirname, '..');
const PARTS = [
  'sandbox',
  'synth',
  'packages',
  'lambda',
  'pipeline',
  'server',
  'cost',
  'image',
  'ways',
  'frameworks',
] as const;
type Part = (typeof PARTS)[number];

const USAGE = `Measures, on this machine, what docs/figures.md shows.

  npm run bench -- [part ...] [--write]

Parts: ${PARTS.join(', ')}; all of them if none is named.
sandbox makes a clone of the last commit, installs in it from the npm registry, and starts the sandbox there. frameworks takes
what npm run frameworks has built, image a container engine, and ways (each way to run the server, side by
side) what npm run lambda-adapter has made and a container engine.

--write  write docs/figures.json and docs/figures.md (all parts)
--help   say this

Exit code: 0 it was measured, 1 it was not, 2 it was called in another way than this.`;

const COLD_STARTS = 12;
const WARM_REQUESTS = { small: 500, picture: 100 };
const SERVER_STARTS = 12;
const CONTAINER_STARTS = 12;
const LOAD = { concurrency: 8, seconds: 6 };

const progress = (line: string): void => {
  console.error(`bench: ${line}`);
};

/** What must not outlive this program, however it ends. */
const leftovers = new Set<() => unknown>();

/** A picture as a telephone takes it: 12 megapixels, with the grain that a real one has. */
async function cameraPicture(): Promise<{ bytes: Buffer; width: number; height: number }> {
  const [width, height] = [4000, 3000];
  const noise = { type: 'gaussian', mean: 128, sigma: 8 } as const;
  const grain = sharp({ create: { width, height, channels: 3, background: '#808080', noise } }).png({
    compressionLevel: 0,
  });
  const bytes = await sharp(picture('cat.jpg'))
    .resize(width, height, { fit: 'fill' })
    .composite([{ input: await grain.toBuffer(), blend: 'overlay' }])
    .jpeg({ quality: 90 })
    .toBuffer();
  return { bytes, width, height };
}

function measurePackages(): Figures['packages'] {
  const state = bundleState();
  if ('stale' in state) throw new Error(`The bundle must be made: ${state.stale}. Run: npm run bundle`);
  const { zips, pipelineZips } = state.manifest;
  return (['arm64', 'x64'] as const).flatMap((architecture) =>
    Object.entries({ service: zips[architecture], pipeline: pipelineZips[architecture] }).map(
      ([name, { size, unzippedBytes }]) => ({ name: `${name}, ${architecture}`, zipBytes: size, unzippedBytes }),
    ),
  );
}

function unpacked(bundle?: Parameters<typeof unpackBundle>[0]): string {
  const { folder, remove } = unpackBundle(bundle);
  leftovers.add(remove);
  return folder;
}

const serviceFunction = (code: string, start: Start): LambdaFunction =>
  new LambdaFunction({
    code,
    handler: 'lambda.handler',
    client: runtimeClient(),
    memoryMiB: MEMORY_MIB,
    environment: { SERVICE_OPTION: 'lambda' },
    ...start,
  });

const isOk = (payload: string): void => {
  if (!payload.startsWith('{"statusCode":200,')) throw new Error('It is no success');
};

/** The same behind the adapter: the server of the image. */
const imageFunction = (code: string, start: Start): LambdaFunction =>
  new LambdaFunction({
    code,
    handler: '',
    client: [nodeBinary(), path.join(code, 'server.mjs')],
    extension: [ADAPTER],
    portVariable: 'PORT',
    memoryMiB: MEMORY_MIB,
    environment: { SERVICE_OPTION: 'lambda-image', AWS_LWA_READINESS_CHECK_PATH: '/health' },
    ...start,
  });

async function measureLambda(picture: Buffer): Promise<Figures['lambda']> {
  const code = unpacked();
  const asked = (make: Subject['make'], event: unknown, warmRequests: number): Subject => ({
    make,
    event,
    warmRequests,
    check: isOk,
  });
  const thumbnail = functionUrlEvent('POST', '/thumbnails', 'width=320', picture);
  const subjects = {
    health: asked((start) => serviceFunction(code, start), functionUrlEvent('GET', '/health'), WARM_REQUESTS.small),
    thumbnail: asked((start) => serviceFunction(code, start), thumbnail, WARM_REQUESTS.picture),
  };
  const lacking = whyNoAdapter();
  if (lacking === undefined) {
    const image = asked((start) => imageFunction(code, start), thumbnail, WARM_REQUESTS.picture);
    return measureFunctions({ ...subjects, image }, COLD_STARTS, progress);
  }
  progress(`the image on Lambda is not measured: ${lacking}`);
  return { ...(await measureFunctions(subjects, COLD_STARTS, progress)), image: { notMeasured: lacking } };
}

const measurePipeline = (picture: Buffer): Promise<PipelineFigures> =>
  benchPipeline({
    code: unpacked(pipelineBundle),
    picture,
    coldStarts: COLD_STARTS,
    warmRequests: { nothing: WARM_REQUESTS.small, upload: WARM_REQUESTS.picture },
    progress,
  });

async function measureServer(bytes: Buffer): Promise<Figures['server']> {
  const code = unpacked();
  const start = async () => {
    const server = await startNodeServer(nodeBinary(), code);
    const kill = () => process.kill(server.pid);
    leftovers.add(kill);
    return {
      ...server,
      stop: async () => {
        leftovers.delete(kill);
        await server.stop();
      },
    };
  };
  const starts: number[] = [];
  for (let round = 1; round <= SERVER_STARTS; round += 1) {
    progress(`start of the server ${round} of ${SERVER_STARTS}`);
    const began = performance.now();
    const server = await start();
    await (await fetch(`${server.url}/health`)).text();
    starts.push(performance.now() - began);
    await server.stop();
  }

  progress(`${LOAD.seconds} seconds of thumbnails, ${LOAD.concurrency} at once`);
  const server = await start();
  const ask = async () => {
    const response = await fetch(`${server.url}/thumbnails?width=320`, { method: 'POST', body: bytes });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`The server answered ${response.status}.`);
  };
  await Promise.all(Array.from({ length: LOAD.concurrency }, ask));
  const began = performance.now();
  let made = 0;
  const worker = async () => {
    while (performance.now() - began < LOAD.seconds * 1000) {
      await ask();
      made += 1;
    }
  };
  await Promise.all(Array.from({ length: LOAD.concurrency }, worker));
  const thumbnailsPerSecond = made / ((performance.now() - began) / 1000);
  const peak = peakMemoryMiB(server.pid);
  await server.stop();
  return { firstAnswer: spread(starts), thumbnailsPerSecond, concurrency: LOAD.concurrency, peakMemoryMiB: peak };
}

const today = (): string => new Date().toISOString().slice(0, 10);

const measureWays = async (picture: Buffer): Promise<Figures['ways']> => ({
  date: today(),
  rows: await benchWays({
    picture,
    coldStarts: COLD_STARTS,
    warmRequests: WARM_REQUESTS.picture,
    seconds: LOAD.seconds,
    progress,
    signal: interruption.signal,
    leftovers,
  }),
});

async function measureFrameworks(): Promise<Pick<Figures, 'frameworks' | 'service'>> {
  const code = unpacked();
  const options = { coldStarts: COLD_STARTS, warmRequests: WARM_REQUESTS.small, progress };
  return benchFrameworks((start) => serviceFunction(code, start), options);
}

/** Runs a command and gives what it printed. */
async function printed(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  return output.trim();
}

async function machine(): Promise<Figures['machine']> {
  const [processor] = os.cpus();
  return {
    processor: [processor?.model.trim(), process.arch].filter(Boolean).join(', '),
    cpus: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release().split('-')[0]}`,
    node: process.versions.node,
    serviceNode: await printed(nodeBinary(), ['-p', 'process.versions.node']),
  };
}

/** Two digits behind the point are more than a measurement is worth, and keep the file readable. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 100) / 100 : value;

async function measurePictures(
  parts: ReadonlySet<Part>,
): Promise<Partial<Pick<Figures, 'lambda' | 'pipeline' | 'server' | 'cost' | 'ways' | 'picture'>>> {
  if (!(['lambda', 'pipeline', 'server', 'cost', 'ways'] as const).some((part) => parts.has(part))) return {};
  const { bytes, width, height } = await cameraPicture();
  return {
    ...(parts.has('lambda') && { lambda: await measureLambda(bytes) }),
    ...(parts.has('pipeline') && { pipeline: await measurePipeline(bytes) }),
    ...(parts.has('server') && { server: await measureServer(bytes) }),
    ...(parts.has('cost') && {
      cost: await benchCost({
        node: nodeBinary(),
        code: unpacked(),
        picture: bytes,
        leftovers,
        progress,
        signal: interruption.signal,
      }),
    }),
    ...(parts.has('ways') && { ways: await measureWays(bytes) }),
    picture: { width, height, bytes: bytes.length },
  };
}

async function measure(parts: ReadonlySet<Part>): Promise<Partial<Figures>> {
  return {
    date: today(),
    machine: await machine(),
    ...(parts.has('sandbox') && {
      sandbox: await benchSandbox({ progress, signal: interruption.signal, leftovers }),
    }),
    ...(parts.has('synth') && { synth: await benchSynth(progress, leftovers) }),
    ...(parts.has('packages') && { packages: measurePackages() }),
    ...(await measurePictures(parts)),
    ...(parts.has('image') && { image: await benchImage(CONTAINER_STARTS, progress) }),
    ...(parts.has('frameworks') && (await measureFrameworks())),
  };
}

function readArguments(): { parts: ReadonlySet<Part>; write: boolean } {
  const { values, positionals } = readCommandLine(USAGE, {
    allowPositionals: true,
    options: { write: { type: 'boolean', default: false } },
  });
  const unknown = positionals.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0)
    throw new UsageError(`There is no part ${unknown.join(', ')}. There are: ${PARTS.join(', ')}.`, USAGE);
  if (values.write && positionals.length > 0)
    throw new UsageError('--write writes all parts: name none with it.', USAGE);
  return { parts: new Set(positionals.length > 0 ? (positionals as Part[]) : PARTS), write: values.write };
}

async function main(): Promise<void> {
  const { parts, write } = readArguments();
  const text = `${JSON.stringify(await measure(parts), rounded, 2)}\n`;
  if (!write) {
    console.log(text);
    return;
  }
  const figures = JSON.parse(text) as Figures;
  if (figures.frameworks.length < FRAMEWORKS.length) {
    throw new Error('Nothing is written: not all frameworks are built. Run: npm run frameworks');
  }
  writeFileSync(path.join(ROOT, 'docs', 'figures.json'), text);
  writeFileSync(path.join(ROOT, 'docs', 'figures.md'), renderFigures(figures));
  console.log(renderFigures(figures));
}

const interruption = new AbortController();
const clear = (): void => {
  interruption.abort();
  // What was started last ends first: a process before the folder that it writes to.
  for (const undo of [...leftovers].reverse()) undo();
};
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    clear();
    process.exit(code);
  });
}
main()
  .catch((error: unknown) => {
    if (error instanceof UsageError) {
      fail(error);
      return;
    }
    progress(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  })
  .finally(clear);
