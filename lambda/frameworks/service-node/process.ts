import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Info } from '../../../service/app';
import { inputFormats, outputFormats } from '../../../service/formats';
import type { Platform } from '../../../service/platform';
import { maxHeight, maxSide, type Thumbnail, widths } from '../../../service/thumbnail';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's request id where it is 1 to 128 of `A-Za-z0-9._-`, else a new one. */
export const requestIdOf = (given: string | undefined): string =>
  given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();

/** The facts of this process, as `/info` and the page report them. One a process: it counts the requests. */
export class ServiceProcess {
  #requests = 0;

  /**
   * @param version of the sample (semver)
   * @param framework name and version of the web framework, e.g. `Express 5.3.0`
   */
  constructor(
    private readonly platform: Platform,
    private readonly version: string,
    private readonly framework: string,
  ) {}

  /** Counts one more request; its number, the first being 1. Not for `/health`. */
  answer(): number {
    this.#requests += 1;
    return this.#requests;
  }

  /** The body of `/info` for the request of that number. */
  info(request: number): Info & { framework: string } {
    const { platform } = this;
    return {
      service: 'thumbnails',
      version: this.version,
      option: platform.option,
      start: request === 1 ? 'cold' : 'warm',
      startedAt: platform.startedAt.toISOString(),
      uptimeSeconds: Math.max(0, Date.now() - platform.startedAt.getTime()) / 1000,
      requests: request,
      runtime: platform.runtime,
      framework: this.framework,
      architecture: platform.architecture,
      cpus: platform.cpus,
      memoryMiB: platform.memoryMiB,
      limits: {
        ...platform.limits,
        minWidth: widths.minimum,
        maxWidth: widths.maximum,
        maxHeight,
        maxSide,
        inputs: inputFormats,
        formats: outputFormats,
      },
    };
  }

  /** The page for people: the facts of `/info`, and a form to try a picture. */
  page(request: number): string {
    const facts: Record<string, unknown> = { ...this.info(request), thumbnails: '' };
    return PAGE.replace(/\{\{(\w+)\}\}/g, (_, name: string) => escapeHtml(String(facts[name])));
  }
}

/** The headers of an answer that is a thumbnail. */
export const thumbnailHeaders = ({ bytes }: Thumbnail): { ETag: string; 'Cache-Control': string } => ({
  ETag: `"${createHash('sha256').update(bytes).digest('base64url')}"`,
  'Cache-Control': 'private, max-age=31536000, immutable',
});

/** Whether the caller of a request with that `If-None-Match` has what that ETag names already (RFC 9110, 13.1.2). */
export function isKnown(etag: string, ifNoneMatch = ''): boolean {
  const known = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}

/** In the package the page lies beside the code; among the sources, and what tests make of them, further up. */
function nearest(file: string, folder: string): string {
  const here = path.join(folder, file);
  return existsSync(here) || folder === path.dirname(folder) ? here : nearest(file, path.dirname(folder));
}

const PAGE = readFileSync(nearest('page.html', __dirname), 'utf8');

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
