import { spawn } from 'node:child_process';
import { createGzip } from 'node:zlib';
import { buildImage, HOST_ARCHITECTURE, ImageBuildError } from '../../docker/build';
import { docker, dockerCommand } from '../../docker/command';
import { Container } from '../container';
import { SMALL_CONTAINER } from '../docker';
import type { Progress } from './functions';
import { type Milliseconds, spread } from './quantities';

/** What the image weighs, and how soon a container of it answers. */
export interface ImageFigures {
  readonly architecture: string;
  /** What is pulled, as gzip; registries compress the same way. */
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
  /** From `docker run` to the first answer of `/health`, by the CPUs that the container gets. */
  readonly healthy: readonly (Milliseconds & { readonly cpus: number })[];
}

/** Why there are none, in words that end a sentence. */
export interface NotMeasured {
  readonly notMeasured: string;
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
 * @returns why not, where there is no engine, or nothing that the image could be built from; `progress` is called with it too
 */
export async function benchImage(starts: number, progress: Progress): Promise<ImageFigures | NotMeasured> {
  let image: string;
  try {
    image = (await buildImage({ architecture: HOST_ARCHITECTURE })).tag;
  } catch (error) {
    if (!(error instanceof ImageBuildError)) throw error;
    const [notMeasured = ''] = error.message.split('\n');
    progress(`the image is not measured. ${notMeasured}`);
    return { notMeasured };
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
    healthy.push({ cpus, ...spread(times) });
  }
  progress('compressing the image');
  return {
    architecture: HOST_ARCHITECTURE,
    compressedBytes: await compressedBytes(image),
    unpackedBytes: Number(await docker('image', 'inspect', '--format', '{{.Size}}', image)),
    healthy,
  };
}
