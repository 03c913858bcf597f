import { spawn } from 'node:child_process';
import { createGzip } from 'node:zlib';
import { baseImage, buildImage, HOST_ARCHITECTURE, ImageBuildError } from '../docker/build';
import { docker, dockerCommand } from '../docker/command';
import { Container } from './container';
import { SMALL_CONTAINER } from './docker';
import type { Milliseconds } from './figures';
import { quantile } from './frameworks/bench';
import { markdownTable } from './table';

/** What the image weighs, and how soon a container of it answers. */
export interface ContainerFigures {
  readonly architecture: string;
  /** The image that ours is made from. */
  readonly base: string;
  /** What is pulled, as gzip; registries compress the same way. */
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
  /** From `docker run` to the first answer of `/health`, by the CPUs that the container gets. */
  readonly healthy: readonly (Milliseconds & { readonly cpus: number })[];
}

/** The least that the options of a task allow, and a whole one. */
const CPUS = [0.25, 1];

/** How many bytes a stream of the image has when compressed. */
async function compressedBytes(image: string): Promise<number> {
  const saved = spawn(dockerCommand(), ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  for await (const chunk of saved.stdout.pipe(createGzip())) bytes += (chunk as Buffer).length;
  return bytes;
}

/**
 * Measures the image of this machine's architecture, and the start of its containers under the limits of the smallest
 * task.
 *
 * @param starts how many for each number of CPUs
 * @returns undefined where there is no engine, or nothing that the image could be built from; `progress` is told why
 */
export async function benchContainer(
  starts: number,
  progress: (line: string) => void,
): Promise<ContainerFigures | undefined> {
  let image: string;
  try {
    image = (await buildImage({ architecture: HOST_ARCHITECTURE })).tag;
  } catch (error) {
    if (!(error instanceof ImageBuildError)) throw error;
    progress(`containers are not measured. ${error.message.split('\n')[0] ?? ''}`);
    return undefined;
  }
  const healthy = [];
  for (const cpus of CPUS) {
    const times: number[] = [];
    for (let start = 1; start <= starts; start += 1) {
      progress(`start ${start} of ${starts} of a container with ${cpus} CPU`);
      const limits = SMALL_CONTAINER.arguments.with(SMALL_CONTAINER.arguments.indexOf('--cpus') + 1, String(cpus));
      await using container = await Container.start({ image, ...SMALL_CONTAINER, arguments: limits });
      times.push(container.startedWithinMs);
    }
    healthy.push({ cpus, median: quantile(times, 0.5), p95: quantile(times, 0.95), samples: starts });
  }
  progress('compressing the image');
  return {
    architecture: HOST_ARCHITECTURE,
    base: baseImage(),
    compressedBytes: await compressedBytes(image),
    unpackedBytes: Number(await docker('image', 'inspect', '--format', '{{.Size}}', image)),
    healthy,
  };
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The section of docs/figures.md. */
export const renderContainerFigures = ({
  architecture,
  compressedBytes,
  unpackedBytes,
  healthy,
}: ContainerFigures): string =>
  markdownTable(
    ['the container', ''],
    [
      [`image for ${architecture}, compressed`, megabytes(compressedBytes)],
      [`image for ${architecture}, unpacked`, megabytes(unpackedBytes)],
      ...healthy.map(({ cpus, median, p95, samples }) => [
        `\`docker run\` to healthy with ${cpus} CPU, median`,
        `${median.toFixed(0)} ms; p95 ${p95.toFixed(0)} ms of ${samples} starts`,
      ]),
    ],
  );
