import type { CostFigures } from './bench/cost';
import type { FrameworkFigures } from './bench/frameworks';
import type { FunctionFigures } from './bench/functions';
import type { ImageFigures, NotMeasured } from './bench/image';
import type { PipelineFigures } from './bench/pipeline';
import { LEAST_SERVER, type Milliseconds } from './bench/quantities';
import type { SandboxFigures } from './bench/sandbox';
import type { SynthFigures } from './bench/synth';
import type { WayFigures, WayNotMeasured } from './bench/ways';
import { contributedReports, deploymentsSection } from './deploy/contributed';
import { markdownTable } from './table';

/** What `npm run bench` measured: docs/figures.json. */
export interface Figures {
  /** The day, as ISO 8601 has it. */
  readonly date: string;
  readonly machine: {
    readonly processor: string;
    readonly cpus: number;
    readonly memoryGiB: number;
    readonly system: string;
    /** Node.js that synthesises. */
    readonly node: string;
    /** Node.js that runs the service. */
    readonly serviceNode: string;
  };
  /** From a fresh clone to thumbnails; none in figures of before it was measured. */
  readonly sandbox?: SandboxFigures | NotMeasured;
  readonly synth: SynthFigures;
  readonly packages: readonly { readonly name: string; readonly zipBytes: number; readonly unzippedBytes: number }[];
  /** The handler of the bundle under AWS's runtime client, on two full cores and without a virtual machine's start. */
  readonly lambda: {
    readonly health: FunctionFigures;
    readonly thumbnail: FunctionFigures;
    /** The server of the image behind the Lambda Web Adapter, a thumbnail too. */
    readonly image: FunctionFigures | NotMeasured;
  };
  /** The function of the pipeline, likewise. */
  readonly pipeline: PipelineFigures;
  /** The Node server of the bundle. */
  readonly server: {
    /** From the start of the process to the first answer. */
    readonly firstAnswer: Milliseconds;
    readonly thumbnailsPerSecond: number;
    readonly concurrency: number;
    /** The most memory that the process ever had, in MiB; null where the system does not tell (other than Linux). */
    readonly peakMemoryMiB: number | null;
  };
  /** What a thumbnail over HTTP takes beside the library alone; none where the system does not tell (other than Linux). */
  readonly cost: readonly CostFigures[];
  readonly image: ImageFigures | NotMeasured;
  /** Each way to run the server, side by side in one run, all of them on the whole machine. */
  readonly ways: { readonly date: string; readonly rows: readonly (WayFigures | WayNotMeasured)[] };
  /** The picture of all thumbnails above. */
  readonly picture: { readonly width: number; readonly height: number; readonly bytes: number };
  /** The web frameworks, and the service itself beside them: each `GET /info`. */
  readonly frameworks: readonly FrameworkFigures[];
  readonly service: FunctionFigures;
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const mebibytes = (value: number | null): string => (value === null ? 'not reported here' : `${value.toFixed(0)} MiB`);

const sizes = ({ zipBytes, unzippedBytes }: { zipBytes: number; unzippedBytes: number }): string[] => [
  megabytes(zipBytes),
  megabytes(unzippedBytes),
];
const enumeration = (values: readonly number[]): string =>
  values.length < 2 ? values.join() : `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;

const FUNCTION_COLUMNS = ['cold ms', 'slowest cold ms', 'warm ms', 'warm p99 ms', 'memory'];
/** Where they were measured. */
const THROTTLED_COLUMNS = ['cold ms, by the share of Lambda', 'warm ms, by the share of Lambda'];
const columnsOf = ({ throttled }: FunctionFigures): string[] => [
  ...FUNCTION_COLUMNS,
  ...(throttled ? THROTTLED_COLUMNS : []),
];
const ofFunction = ({ coldMs, warmMs, peakMemoryMiB, throttled }: FunctionFigures): string[] => [
  ms(coldMs.median),
  ms(coldMs.p95),
  ms(warmMs.p50),
  ms(warmMs.p99),
  mebibytes(peakMemoryMiB),
  ...(throttled ? [ms(throttled.coldMs.median), ms(throttled.warmMs.p50)] : []),
];

/** Nothing of an earlier run: what was not measured has no figure, and the reason in its place. */
function imageSection(image: ImageFigures | NotMeasured): string {
  if ('notMeasured' in image) return `Not measured in this run: ${image.notMeasured}`;
  const { architecture, compressedBytes, unpackedBytes, healthy } = image;
  const started = ({ median, p95, samples }: Milliseconds): string =>
    `${ms(median)} ms; the slowest of ${samples} starts ${ms(p95)} ms`;
  return markdownTable(
    ['', ''],
    [
      [`image for ${architecture}, compressed as a registry has it`, megabytes(compressedBytes)],
      ['unpacked', megabytes(unpackedBytes)],
      ...healthy.map(({ cpus, ...times }) => [
        `\`docker run\` to the first answer of \`/health\`, ${cpus} CPU`,
        started(times),
      ]),
    ],
  );
}

function costSection(cost: readonly CostFigures[]): string {
  const [first] = cost;
  if (first === undefined) return 'Not measured in this run: only Linux tells the processor time of another process.';
  const { rounds, thumbnails, onOneProcessor } = first;
  const where = onOneProcessor
    ? 'Each ran on one processor, and the sender of the pictures on another.'
    : 'The sender of the pictures ran on the same processors.';
  return `Processor time of whole processes, the server of the bundle and bare sharp with the same settings in turns: ${rounds} rounds of ${thumbnails} thumbnails each, medians. ${where}

${markdownTable(
  ['at once', 'service, CPU ms', 'sharp, CPU ms', 'CPU, by that of sharp', 'throughput, by that of sharp'],
  cost.map(({ concurrency, cpuMs, cpuRatio, throughputRatio }) => [
    String(concurrency),
    ms(cpuMs.service),
    ms(cpuMs.sharp),
    cpuRatio.toFixed(2),
    throughputRatio.toFixed(2),
  ]),
)}${peersTable(cost)}`;
}

const LEAST = `${LEAST_SERVER} is Node.js's HTTP server with sharp in some ten lines, which check, limit and log nothing: what it takes beyond sharp is the way of the picture through HTTP.`;

/** Public image servers beside the service, by the figures of bare sharp. */
function peersTable(cost: readonly CostFigures[]): string {
  const [first] = cost;
  const names = (first?.peers ?? []).map(({ name }) => name);
  if (names.length === 0) return '';
  const rows = names.map((name) => {
    const each = cost.map(({ peers }) => peers.find((peer) => peer.name === name));
    return [
      name,
      ...each.map((peer) =>
        peer === undefined || 'notMeasured' in peer
          ? (peer?.notMeasured ?? '')
          : `${peer.cpuRatio.toFixed(2)}, ${peer.throughputRatio.toFixed(2)}`,
      ),
    ];
  });
  const isLeastThere = names.includes(LEAST_SERVER);
  const own = ['the service', ...cost.map((each) => `${each.cpuRatio.toFixed(2)}, ${each.throughputRatio.toFixed(2)}`)];
  return `

Other image servers in the same rounds.${isLeastThere ? ` ${LEAST}` : ''} Public ones have their own settings. ipx makes thumbnails of files that it has, so that no upload is in its figures; imaginary takes the picture as the service does.

${markdownTable(['CPU and throughput, by that of sharp', ...cost.map(({ concurrency }) => `${concurrency} at once`)], [own, ...rows])}`;
}

function waysSection(ways: readonly (WayFigures | WayNotMeasured)[]): string {
  const measured = ways.filter((way) => 'warmMs' in way);
  const atOnce = measured[0]?.perSecond.map((each) => each.atOnce) ?? [];
  const columns = [
    'way',
    'cold ms',
    'slowest cold ms',
    'warm ms',
    'warm p99 ms',
    ...atOnce.map((n) => `a second, ${n} at once`),
  ];
  const table = markdownTable(
    columns,
    measured.map(({ title, coldMs, warmMs, perSecond }) => [
      title,
      ...(coldMs === null ? ['always runs', ''] : [ms(coldMs.median), ms(coldMs.p95)]),
      ms(warmMs.p50),
      ms(warmMs.p99),
      ...perSecond.map(({ thumbnails }) => thumbnails.toFixed(1)),
    ]),
  );
  const missing = ways.flatMap((way) => ('notMeasured' in way ? [`${way.title}: ${way.notMeasured}`] : []));
  return [table, ...missing.map((line) => `Not measured in this run: ${line}`)].join('\n\n');
}

function throttledSentence(throttled: FunctionFigures['throttled'], cpus: number): string {
  const all = `Functions ran with all ${cpus} processors to themselves`;
  const less = 'Lambda gives a function a share of a processor that goes by its memory';
  if (throttled === undefined) return `${all}, where ${less}: what takes processor time takes longer there.`;
  const { coldMs, warmMs } = throttled;
  return `${all}, and once more with the share that Lambda gives for their 1,024 MiB, ${throttled.cpus.toFixed(2)} of one: ${coldMs.samples} cold starts, and a fifth of the warm requests (${warmMs.requests} of \`GET /info\`). Whether Lambda gives more while a function starts, it does not say.`;
}

/** Each runtime once. */
function runtimesOf(frameworks: readonly FrameworkFigures[]): string {
  const runtimes = [...new Set(frameworks.flatMap(({ runtime }) => runtime ?? []))];
  return runtimes.length === 0 ? '' : ` They ran in ${runtimes.join(', ')}.`;
}

function sandboxSection(sandbox: Figures['sandbox']): string {
  if (sandbox === undefined) return '';
  const title = '## From a fresh clone to thumbnails\n\n';
  if ('notMeasured' in sandbox) return `${title}Not measured in this run: ${sandbox.notMeasured}\n\n`;
  const { installedSeconds, pageSeconds, firstThumbnailSeconds, lastThumbnailSeconds, thumbnailsBy, runners } = sandbox;
  const inSeconds = (value: number): string => `${value.toFixed(0)} s`;
  return `${title}With Node.js and npm alone: no other program was on the PATH, so no Python and no container engine. npm took what its own cache had. Each time is from the beginning of \`npm ci\` in the clone. Pictures were sent as [the page of the sandbox](sandbox.md) sends them.

${markdownTable(
  ['', ''],
  [
    ['`npm ci`, which makes the bundle, has ended', inSeconds(installedSeconds)],
    ['the page of `npm run sandbox` answers', inSeconds(pageSeconds)],
    ['the first thumbnail', inSeconds(firstThumbnailSeconds)],
    [
      `thumbnails of all ${thumbnailsBy.length} that make some, of ${runners} that the sandbox knows: ${thumbnailsBy.join(', ')}`,
      inSeconds(lastThumbnailSeconds),
    ],
  ],
)}

`;
}

/** docs/figures.md, with the deployments that people have contributed. */
export function renderFigures(figures: Figures, deployments = contributedReports()): string {
  const {
    date,
    machine,
    sandbox,
    synth,
    packages,
    lambda,
    pipeline,
    server,
    cost,
    image,
    picture,
    ways,
    frameworks,
    service,
  } = figures;
  const megapixels = Math.round((picture.width * picture.height) / 1e6);
  const [own] = packages;
  return `# Figures

Measured by \`npm run bench -- --write\`, which writes this page from [figures.json](figures.json): on ${date}, ${machine.cpus} x ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system}, Node.js ${machine.node}; the service ran in Node.js ${machine.serviceNode}. They compare one thing with another on one machine. They are not AWS's: Lambda adds the start of a virtual machine and the fetching of the code to each cold start. ${throttledSentence(service.throttled, machine.cpus)}

${sandboxSection(sandbox)}## Synthesis

${markdownTable(
  ['`cdk synth`, whole processes', 'processor seconds'],
  [
    [`${synth.stacks} stacks, without CDK's validation`, synth.cpuSeconds.toFixed(1)],
    ['the same with it, as it is by default', synth.cpuSecondsValidated.toFixed(1)],
    ['an app of one stack, a Fargate service behind a load balancer, without it', synth.oneStackCpuSeconds.toFixed(1)],
  ],
)}

## Packages

${markdownTable(
  ['package', 'zip', 'unzipped'],
  packages.map((each) => [each.name, ...sizes(each)]),
)}

## The service on Lambda's runtime

Pictures are a JPEG of ${megapixels} megapixels, ${megabytes(picture.bytes)}. A cold start is from the start of the process to its first answer, ${lambda.health.coldMs.samples} of each; warm is what the same process answers later, ${lambda.health.warmMs.requests} times, or ${lambda.thumbnail.warmMs.requests} with a picture. S3 and DynamoDB, which the pipeline speaks to, are stand-ins on loopback that answer at once.

${markdownTable(
  ['function, and what it is asked', ...columnsOf(lambda.health)],
  [
    ['over HTTP: `GET /health`', ...ofFunction(lambda.health)],
    ['over HTTP: a thumbnail of 320 pixels', ...ofFunction(lambda.thumbnail)],
    'notMeasured' in lambda.image
      ? ['the image, behind the Lambda Web Adapter: the same', `not measured: ${lambda.image.notMeasured}`]
      : ['the image, behind the Lambda Web Adapter: the same', ...ofFunction(lambda.image)],
    ['pipeline: a message that announces no picture', ...ofFunction(pipeline.nothing)],
    [`pipeline: an upload, thumbnails of ${enumeration(pipeline.widths)} pixels`, ...ofFunction(pipeline.upload)],
  ],
)}

## The service as a server

${markdownTable(
  ['', ''],
  [
    ['process to first answer, median', `${ms(server.firstAnswer.median)} ms`],
    [`process to first answer, slowest of ${server.firstAnswer.samples} starts`, `${ms(server.firstAnswer.p95)} ms`],
    [
      `thumbnails of ${megapixels} megapixels, ${server.concurrency} at once`,
      `${server.thumbnailsPerSecond.toFixed(1)} a second`,
    ],
    ['most memory while it made them', mebibytes(server.peakMemoryMiB)],
  ],
)}

## What the service adds to its library

${costSection(cost)}

## The image

${imageSection(image)}

## Each way to run the server

Thumbnails of the same picture over HTTP, each way in turn in one run, on ${ways.date}. Cold is from where no process runs; a container's has \`docker run\` in it. A function answers one request at a time, so that 16 at once are 16 processes; a server answers them in one. The task has as many processors as the machine. The sender runs on the same processors, and so does the stand-in for a function URL, which makes a picture JSON and base64.

${waysSection(ways.rows)}

## Web frameworks on Lambda's runtime

Each \`GET /info\`: ${service.coldMs.samples} cold starts of each, in turn, every round beginning with another; then ${service.warmMs.requests} warm requests. What is measured in one run compares; a hello-world would be smaller, these make thumbnails where their language has a library for it. The service itself writes a line of log for each request, and the frameworks write none: that line is part of what it takes warm.${runtimesOf(frameworks)}

${markdownTable(
  ['function', 'zip', 'unzipped', ...columnsOf(service)],
  [
    ['the service itself', ...(own ? sizes(own) : ['', '']), ...ofFunction(service)],
    ...frameworks.map((framework) => [framework.title, ...sizes(framework), ...ofFunction(framework)]),
  ],
)}

SnapStart, which starts the Java functions from a snapshot on Lambda, has no figure: only Lambda has it.
${deploymentsSection(deployments)}`;
}
