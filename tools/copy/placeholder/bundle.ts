import { placeholderZip, type PlaceholderZip } from './placeholder';

/** A processor architecture, by the name that Node.js and Lambda give it. */
export type Architecture = 'arm64' | 'x64';

export type BundledZip = PlaceholderZip;

/**
 * The service as a zip: `server.mjs`, which instances and containers start, and `lambda.mjs`, whose handler is
 * `lambda.handler`. Put your program's zip in its place: its path, its SHA-256 and its size.
 *
 * @param _architecture the processor that native code in the zip must be for; the placeholder has none
 */
export const serviceBundle = (_architecture: Architecture): BundledZip => placeholderZip(['server.mjs', 'lambda.mjs']);

/** The function that the queue of uploads invokes: `pipeline.mjs`, whose handler is `pipeline.handler`. */
export const pipelineBundle = (_architecture: Architecture): BundledZip => placeholderZip(['pipeline.mjs']);
