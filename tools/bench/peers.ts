import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { freePort } from '../../contract/runtime/free-port';
import { type Installation, installOnce } from '../../packaging/install-once';
import { programOf } from '../beanstalk-toolchains';
import { LEAST_SERVER, MALLOC } from './quantities';

/** An image server in a process of its own, on loopback. */
export interface ImageServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A public image server that is measured beside the service. */
export interface Peer {
  readonly name: string;
  /** Why it can't be measured here; undefined where it can. */
  readonly lacking?: string;
  /** Whether the picture is the body of the request, as the service takes it; otherwise the server has it as a file. */
  readonly takesBody: boolean;
  /** Path and query of a WebP of 320 pixels. */
  readonly path: string;
  start(): Promise<ImageServer>;
}

const IPX: Installation = {
  name: 'ipx',
  packageJson: readFileSync(path.join(__dirname, 'ipx', 'package.json'), 'utf8'),
  packageLock: readFileSync(path.join(__dirname, 'ipx', 'package-lock.json'), 'utf8'),
  files: { 'server.mjs': readFileSync(path.join(__dirname, 'ipx', 'server.mjs'), 'utf8') },
};

/** Until the server answers there; throws where its process ends before. */
async function untilAnswering(child: ChildProcess, url: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${child.spawnfile} ended.`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) {
      await answer.arrayBuffer();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function serverOf(child: ChildProcess, url: string): ImageServer {
  const ended = once(child, 'exit');
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The server that prints its port on loopback. */
async function portOf(child: ChildProcessByStdio<null, Readable, null>): Promise<ImageServer> {
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return serverOf(child, `http://127.0.0.1:${port}`);
}

/**
 * The image servers that can be measured here.
 *
 * - Node.js's HTTP server with sharp and nothing else: what the service would be at least.
 * - ipx: Node.js and sharp, as Nuxt uses it. It makes thumbnails of its own files, so that no upload is in its figures.
 * - imaginary: Go and libvips. It takes the picture as a body. It is measured where it is on the PATH: it is built against
 *   the machine's own libvips.
 *
 * @param node the Node.js that runs ipx
 * @param picture the picture's file
 */
export async function peers(
  node: string,
  picture: string,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly Peer[]> {
  const ipx = await installOnce(IPX, progress, signal).then(
    (folder) => ({ folder }),
    (error: unknown) => ({ lacking: `npm could not install it: ${String(error).split('\n')[0]}` }),
  );
  const imaginary = programOf(/^imaginary$/);
  // Ahead of its start, which has to begin at once (cost.ts holds it to a core).
  const port = await freePort();
  return [
    {
      name: LEAST_SERVER,
      takesBody: true,
      path: '/',
      start: () => {
        const program = ['--import', 'tsx', path.join(__dirname, 'least-server.ts')];
        return portOf(
          spawn(node, program, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...MALLOC } }),
        );
      },
    },
    {
      name: 'ipx',
      ...('lacking' in ipx && { lacking: ipx.lacking }),
      takesBody: false,
      path: `/f_webp,w_320/${path.basename(picture)}`,
      start: () => {
        const program = 'folder' in ipx ? path.join(ipx.folder, 'server.mjs') : '';
        return portOf(spawn(node, [program, path.dirname(picture)], { stdio: ['ignore', 'pipe', 'inherit'] }));
      },
    },
    {
      name: 'imaginary',
      ...(imaginary === undefined && { lacking: 'imaginary is not on the PATH' }),
      takesBody: true,
      path: '/resize?width=320&type=webp',
      async start() {
        const child = spawn(imaginary ?? '', ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
        const server = serverOf(child, `http://127.0.0.1:${port}`);
        await untilAnswering(child, `${server.url}/health`);
        return server;
      },
    },
  ];
}
