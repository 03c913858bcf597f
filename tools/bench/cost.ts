import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startNodeServer } from '../../contract/runtime/node-server';
import type { Progress } from './functions';
import { type ImageServer, type Peer, peers } from './peers';
import { MALLOC, quantile } from './quantities';

/** A thumbnail over HTTP beside the same by the library alone, so many at once. */
export interface CostFigures {
  readonly concurrency: number;
  /** Whether what was measured had one processor, and the sender of pictures another. */
  readonly onOneProcessor: boolean;
  /** Processor milliseconds a thumbnail: median of the rounds. */
  readonly cpuMs: { readonly service: number; readonly sharp: number };
  /** Of the service by that of the library: median of the rounds' own. */
  readonly cpuRatio: number;
  readonly throughputRatio: number;
  readonly rounds: number;
  /** In each round, of each. */
  readonly thumbnails: number;
  /** Public image servers with the same picture, by the figures of the library in the same rounds. */
  readonly peers: readonly PeerFigures[];
}

/** What a peer took; or why it was not measured. */
export type PeerFigures =
  | { readonly name: string; readonly takesBody: boolean; readonly cpuRatio: number; readonly throughputRatio: number }
  | { readonly name: string; readonly notMeasured: string };

interface Sample {
  readonly cpuMs: number;
  readonly perSecond: number;
}

const CONCURRENCIES = [1, 2, 8];
const ROUNDS = 3;
const THUMBNAILS = 80;

/** Processor time that a process has taken, in milliseconds (proc(5): `utime` and `stime`, a hundred a second). */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/**
 * The core of what is measured, and that of the sender of pictures: on one core, the sender would take processor time from
 * servers that bare sharp keeps.
 */
const [SUBJECT, SENDER] = [0, 1];

/** Whether processes can be held to a core here. */
const canPin = os.availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

const pin = (cores: string): void => {
  if (canPin) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)]);
};

/** Starts a process on a core, which it inherits; this process goes back to its own. */
async function onCore<T>(core: number, start: () => Promise<T>): Promise<T> {
  pin(String(core));
  const started = start();
  pin(String(SENDER));
  return started;
}

/** A request for a thumbnail: its path, and the picture where it is the body. */
interface Asked {
  readonly path: string;
  readonly body?: Buffer;
}

/** Takes a thumbnail: cheaper than `fetch`, since it runs on the same processors. */
function take(url: string, agent: Agent, { path: target, body }: Asked): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = body && { 'Content-Length': body.length, 'Content-Type': 'image/jpeg' };
    const asked = request(`${url}${target}`, { method: body ? 'POST' : 'GET', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`The server answered ${answer.statusCode}.`));
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

async function measureServer(
  start: () => Promise<ImageServer>,
  asked: Asked,
  concurrency: number,
  leftovers: Set<() => unknown>,
): Promise<Sample> {
  const server = await onCore(SUBJECT, start);
  const kill = () => process.kill(server.pid);
  leftovers.add(kill);
  const agent = new Agent({ keepAlive: true });
  const send = async (thumbnails: number): Promise<void> => {
    let left = thumbnails;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await take(server.url, agent, asked);
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  };
  try {
    await send(THUMBNAILS);
    const [before, began] = [cpuMsOf(server.pid), performance.now()];
    await send(THUMBNAILS);
    const seconds = (performance.now() - began) / 1000;
    return { cpuMs: (cpuMsOf(server.pid) - before) / THUMBNAILS, perSecond: THUMBNAILS / seconds };
  } finally {
    agent.destroy();
    leftovers.delete(kill);
    await server.stop();
  }
}

/** What is measured, and how. */
interface Bench {
  /** The Node.js that runs both. */
  readonly node: string;
  /** The unpacked bundle. */
  readonly code: string;
  readonly picture: Buffer;
  /** What must be undone where the program ends early. */
  readonly leftovers: Set<() => unknown>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * What the service adds to the library: whole processes in turns, the service's server and bare sharp, each round one of
 * either. Linux alone tells the processor time of another process.
 */
export async function benchCost(bench: Bench): Promise<readonly CostFigures[]> {
  if (process.platform !== 'linux') return [];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-cost-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  bench.leftovers.add(remove);
  const file = path.join(folder, 'picture.jpg');
  writeFileSync(file, bench.picture);
  const bareSharp = async (concurrency: number): Promise<Sample> => {
    const program = ['--import', 'tsx', path.join(__dirname, 'bare-sharp.ts')];
    const env = { ...process.env, ...MALLOC };
    const run = (): Promise<{ stdout: string }> =>
      promisify(execFile)(bench.node, [...program, file, `${THUMBNAILS}`, `${concurrency}`], { env });
    const { stdout } = await onCore(SUBJECT, run);
    return JSON.parse(stdout) as Sample;
  };
  const service = (): Promise<ImageServer> => startNodeServer(bench.node, bench.code, MALLOC);
  const asked: Asked = { path: '/thumbnails?width=320', body: bench.picture };
  try {
    const others = await peers(bench.node, file, bench.progress, bench.signal);
    for (const { name, lacking } of others) if (lacking) bench.progress(`${name} is not measured: ${lacking}`);
    const measurable = others.filter(({ lacking }) => lacking === undefined);
    const figures: CostFigures[] = [];
    for (const concurrency of CONCURRENCIES) {
      const rounds: { sharp: Sample; service: Sample; peers: ReadonlyMap<Peer, Sample> }[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        bench.progress(`the service and bare sharp in turns, ${concurrency} at once, round ${round} of ${ROUNDS}`);
        const sharp = await bareSharp(concurrency);
        const own = await measureServer(service, asked, concurrency, bench.leftovers);
        const taken = new Map<Peer, Sample>();
        for (const peer of measurable) {
          const itsOwn = { path: peer.path, ...(peer.takesBody && { body: bench.picture }) };
          taken.set(peer, await measureServer(() => peer.start(), itsOwn, concurrency, bench.leftovers));
        }
        rounds.push({ sharp, service: own, peers: taken });
      }
      const median = (of: (round: (typeof rounds)[number]) => number): number => quantile(rounds.map(of), 0.5);
      const ratios = (of: (round: (typeof rounds)[number]) => Sample) => ({
        cpuRatio: median((round) => of(round).cpuMs / round.sharp.cpuMs),
        throughputRatio: median((round) => of(round).perSecond / round.sharp.perSecond),
      });
      figures.push({
        concurrency,
        onOneProcessor: canPin,
        cpuMs: { service: median(({ service }) => service.cpuMs), sharp: median(({ sharp }) => sharp.cpuMs) },
        ...ratios(({ service }) => service),
        rounds: ROUNDS,
        thumbnails: THUMBNAILS,
        peers: others.map((peer) =>
          peer.lacking === undefined
            ? { name: peer.name, takesBody: peer.takesBody, ...ratios((round) => sampleOf(round.peers, peer)) }
            : { name: peer.name, notMeasured: peer.lacking },
        ),
      });
    }
    return figures;
  } finally {
    pin(`0-${os.cpus().length - 1}`);
    remove();
  }
}

function sampleOf(samples: ReadonlyMap<Peer, Sample>, peer: Peer): Sample {
  const sample = samples.get(peer);
  if (sample === undefined) throw new Error(`${peer.name} was not measured.`);
  return sample;
}
