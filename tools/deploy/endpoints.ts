import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { outputAddresses, type Address } from '../compare/addresses';
import { ROOT } from './cdk';
import type { DeploymentReport } from './report';

/** An endpoint may answer late: DNS, a load balancer's targets, a certificate. */
const ANSWERS_WITHIN_MS = 600_000;

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
  const answer = await firstAnswer(url, interrupted);
  if (answer === undefined) return { name, firstAnswerSeconds: null, contract: null };
  const seconds = Math.round(answer.afterMs / 10) / 100;
  console.error(`\n${name}: ${url} answers, ${seconds} s after the deployment. The contract:\n`);
  return { name, firstAnswerSeconds: seconds, contract: await contract(url, answer.status === 403, interrupted) };
}

async function firstAnswer(
  url: string,
  interrupted: AbortSignal,
): Promise<{ readonly afterMs: number; readonly status: number } | undefined> {
  const began = performance.now();
  while (performance.now() - began < ANSWERS_WITHIN_MS) {
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
