import type { FrameworkFigures, FunctionFigures } from './frameworks/bench';
import { markdownTable } from './table';

/** A quantity that was measured several times, in milliseconds. */
export interface Milliseconds {
  readonly median: number;
  /** The value that 95 of 100 are not above; of fewer than 20, the largest. */
  readonly p95: number;
  readonly samples: number;
}

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
  /** Processor seconds, of all cores together, to synthesise every stack. */
  readonly synth: { readonly stacks: number; readonly cpuSeconds: number; readonly cpuSecondsValidated: number };
  readonly packages: readonly { readonly name: string; readonly zipBytes: number; readonly unzippedBytes: number }[];
  /** The handler of the bundle under AWS's runtime client, on two full cores and without a virtual machine's start. */
  readonly lambda: {
    /** From the start of the process to the answer. */
    readonly coldHealth: Milliseconds;
    readonly coldThumbnail: Milliseconds;
    readonly warmHealth: { readonly p50: number; readonly p99: number; readonly requests: number };
    readonly warmThumbnail: { readonly p50: number; readonly p99: number; readonly requests: number };
  };
  /** The Node server of the bundle. */
  readonly server: {
    /** From the start of the process to the first answer. */
    readonly firstAnswer: Milliseconds;
    readonly thumbnailsPerSecond: number;
    readonly concurrency: number;
    /** The most memory that the process ever had, in MiB; null where the system does not tell (other than Linux). */
    readonly peakMemoryMiB: number | null;
  };
  /** The picture of all thumbnails above. */
  readonly picture: { readonly width: number; readonly height: number; readonly bytes: number };
  /** The web frameworks, and the service itself beside them: each `GET /info`. */
  readonly frameworks: readonly FrameworkFigures[];
  readonly service: FunctionFigures;
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const mebibytes = (value: number | null): string => (value === null ? 'not told here' : `${value.toFixed(0)} MiB`);

/** docs/figures.md */
export function renderFigures(figures: Figures): string {
  const { date, machine, synth, packages, lambda, server, picture, frameworks, service } = figures;
  const megapixels = Math.round((picture.width * picture.height) / 1e6);
  const cold = ({ median, p95, samples }: Milliseconds): string[] => [ms(median), ms(p95), String(samples)];
  const warm = ({ p50, p99, requests }: { p50: number; p99: number; requests: number }): string[] => [
    ms(p50),
    ms(p99),
    String(requests),
  ];
  const ofFunction = (title: string, sizes: string[], { coldMs, warmMs, peakMemoryMiB }: FunctionFigures): string[] => [
    title,
    ...sizes,
    ms(coldMs.median),
    ms(coldMs.p95),
    ms(warmMs.p50),
    ms(warmMs.p99),
    mebibytes(peakMemoryMiB),
  ];
  const [own] = packages;
  return `# Figures

Measured by \`npm run bench -- --write\`, which writes this page from [figures.json](figures.json): on ${date}, ${machine.cpus} x ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system}, Node.js ${machine.node}; the service ran in Node.js ${machine.serviceNode}. They compare one thing with another on one machine. They are not AWS's: Lambda gives a function a share of a processor that goes by its memory, and adds the start of a virtual machine and the fetching of the code to each cold start.

## Synthesis

${markdownTable(
  ['all of it', 'processor seconds'],
  [
    [`${synth.stacks} stacks, as the tests do`, synth.cpuSeconds.toFixed(1)],
    ['with validation, as `cdk synth` does', synth.cpuSecondsValidated.toFixed(1)],
  ],
)}

## Packages

${markdownTable(
  ['package', 'zip', 'unzipped'],
  packages.map(({ name, zipBytes, unzippedBytes }) => [name, megabytes(zipBytes), megabytes(unzippedBytes)]),
)}

## The service on Lambda's runtime

A thumbnail of 320 pixels is made of a JPEG of ${megapixels} megapixels, ${megabytes(picture.bytes)}.

${markdownTable(
  ['cold start: process to answer', 'median ms', 'p95 ms', 'starts'],
  [
    ['`GET /health`', ...cold(lambda.coldHealth)],
    ['a thumbnail', ...cold(lambda.coldThumbnail)],
  ],
)}

${markdownTable(
  ['warm', 'p50 ms', 'p99 ms', 'requests'],
  [
    ['`GET /health`', ...warm(lambda.warmHealth)],
    ['a thumbnail', ...warm(lambda.warmThumbnail)],
  ],
)}

## The service as a server

${markdownTable(
  ['', ''],
  [
    ['process to first answer, median', `${ms(server.firstAnswer.median)} ms`],
    ['process to first answer, p95', `${ms(server.firstAnswer.p95)} ms of ${server.firstAnswer.samples} starts`],
    [
      `thumbnails of ${megapixels} megapixels, ${server.concurrency} at once`,
      `${server.thumbnailsPerSecond.toFixed(1)} a second`,
    ],
    ['most memory while it made them', mebibytes(server.peakMemoryMiB)],
  ],
)}

## Web frameworks on Lambda's runtime

Each \`GET /info\`. What is measured in one run compares; a hello-world would be smaller, these make thumbnails where their language has a library for it.

${markdownTable(
  ['function', 'zip', 'unzipped', 'cold ms', 'cold p95 ms', 'warm ms', 'warm p99 ms', 'memory'],
  [
    ofFunction('the service itself', own ? [megabytes(own.zipBytes), megabytes(own.unzippedBytes)] : ['', ''], service),
    ...frameworks.map((framework) =>
      ofFunction(framework.title, [megabytes(framework.zipBytes), megabytes(framework.unzippedBytes)], framework),
    ),
  ],
)}
`;
}
