import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { outputAddresses, type Address } from '../compare/addresses';
import { isFunctionUrl, MINISTACK_FUNCTIONS, serveFunctionAddress } from '../emulator/function-address';
import { userEndpoint } from '../emulator/user-endpoint';
import { ROOT } from './cdk';
import type { DeploymentReport } from './report';

/** An endpoint may answer late: DNS, a load balancer's targets, a certificate. */
const MINUTES_TO_ANSWER = 10;
/** An emulator has none of these, and runs no machine. */
const MINUTES_TO_ANSWER_EMULATED = 1;

type Outcome = DeploymentReport['endpoints'][number];

/** The addresses among the outputs of these stacks; none where they have none, as the network. */
export function endpointsOf(
  outputs: Readonly<Record<string, Readonly<Record<string, string>>>>,
  stackNames: ReadonlyMap<string, string>,
): Address[] {
  const named = Object.fromEntries(Object.entries(outputs).filter(([name]) => [...stackNames.values()].includes(name)));
  try {
    return outputAddresses(JSON.stringify(named), stackNames);
  } catch (error) {
    if ((error as Error).message.includes('has no address')) return [];
    throw error;
  }
}

/** Waits for the first answer of an endpoint, and holds it to the contract. */
export async function check({ name, url }: Address, interrupted: AbortSignal): Promise<Outcome> {
  const emulator = userEndpoint();
  const minutes = emulator === undefined ? MINUTES_TO_ANSWER : MINUTES_TO_ANSWER_EMULATED;
  console.error(`\n${name}: waits for ${url} to answer, ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} at most`);
  const here = emulator !== undefined && isFunctionUrl(url) ? await emulated(emulator, url, interrupted) : undefined;
  try {
    const at = here?.byAddress ?? url;
    const answer = await firstAnswer(at, minutes, interrupted);
    if (answer === undefined) return { name, firstAnswerSeconds: null, contract: null };
    const seconds = Math.round(answer.afterMs / 10) / 100;
    console.error(`${name}: ${url} answers, ${seconds} s after the deployment. The contract:\n`);
    return { name, firstAnswerSeconds: seconds, contract: await contract(at, answer.status === 403, interrupted) };
  } finally {
    here?.close();
  }
}

/** A function URL of the emulator that stands for AWS, which has the name of AWS's and another address. */
async function emulated(emulator: string, url: string, signal: AbortSignal) {
  const endpoint = emulator.replace(/\/$/, '');
  const health = await fetch(`${endpoint}/_ministack/health`, { signal }).catch(() => undefined);
  signal.throwIfAborted();
  return serveFunctionAddress(
    {
      url: endpoint,
      certificate: process.env['AWS_CA_BUNDLE'] ?? process.env['NODE_EXTRA_CA_CERTS'],
      functionsBelow: health?.ok === true ? MINISTACK_FUNCTIONS : undefined,
      environment: {},
    },
    url,
  );
}

async function firstAnswer(
  url: string,
  minutes: number,
  interrupted: AbortSignal,
): Promise<{ readonly afterMs: number; readonly status: number } | undefined> {
  const began = performance.now();
  while (performance.now() - began < minutes * 60_000) {
    try {
      const signal = AbortSignal.any([interrupted, AbortSignal.timeout(30_000)]);
      const { status } = await fetch(`${url}/health`, { signal, redirect: 'manual' });
      // 403: it wants signed requests, and so it is there.
      if (status === 200 || status === 403) return { afterMs: performance.now() - began, status };
    } catch {
      interrupted.throwIfAborted();
    }
    await setTimeout(1_000, undefined, { signal: interrupted });
  }
  return undefined;
}

/** `npm run contract`, whose own words are shown; of the last of them, how many promises were kept. */
async function contract(url: string, sign: boolean, interrupted: AbortSignal): Promise<Outcome['contract']> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'tools/contract.ts', url, ...(sign ? ['--sign'] : [])], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  interrupted.addEventListener('abort', stop, { once: true });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    process.stderr.write(chunk);
  });
  await once(child, 'close');
  interrupted.removeEventListener('abort', stop);
  interrupted.throwIfAborted();
  return contractCounts(said);
}

/** How many promises Jest says were kept and broken; null where it says nothing. */
export function contractCounts(said: string): Outcome['contract'] {
  const line = said.split('\n').findLast((each) => each.startsWith('Tests:'));
  if (line === undefined) return null;
  const of = (what: string): number => Number(new RegExp(`(\\d+) ${what}`).exec(line)?.[1] ?? 0);
  return { passed: of('passed'), failed: of('failed') };
}
