import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Load } from './load';

const FIGURES = path.join(__dirname, '..', '..', 'docs', 'figures.json');

const figures = z.object({
  machine: z.object({ cpus: z.number().positive() }),
  server: z.object({ thumbnailsPerSecond: z.number().positive() }),
  pipeline: z.object({ upload: z.object({ warmMs: z.object({ p50: z.number().positive() }) }) }),
  picture: z.object({ bytes: z.number().positive() }),
  image: z.union([z.object({ compressedBytes: z.number().positive() }), z.object({ notMeasured: z.string() })]),
});

/** Where the image was not measured. */
const IMAGE_MB = 57;

/**
 * The load of the service itself, as `npm run bench` measured it: each request is the making of one thumbnail of its
 * picture. Its CPU is that of all cores while they made nothing but thumbnails, over how many they made.
 */
export function measuredLoad(requests: number, file = FIGURES): Load {
  const { machine, server, pipeline, picture, image } = figures.parse(JSON.parse(readFileSync(file, 'utf8')));
  return {
    requests,
    cpuMs: (1_000 * machine.cpus) / server.thumbnailsPerSecond,
    kbIn: picture.bytes / 1_000,
    kbOut: 20,
    kbLog: 0.5,
    peakToMean: 3,
    target: 0.6,
    uploads: 0,
    uploadCpuMs: pipeline.upload.warmMs.p50,
    natGb: 0,
    imageMb: 'compressedBytes' in image ? image.compressedBytes / 1e6 : IMAGE_MB,
  };
}
