import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Info } from '../contract/client';
import type { ContractOptions } from '../contract/contract';
import { signingFetch } from '../contract/signing';

/** What `npm run contract` hands to the suite. */
export interface Target extends Pick<ContractOptions, 'kind' | 'thumbnails' | 'behind'> {
  readonly url: string;
  readonly sign: boolean;
  readonly timeoutMs: number;
}

const USAGE = `Checks docs/contract.md against whatever answers at an address.

  npm run contract -- <url> [options]

  --common             only the part that every sample keeps, without thumbnails
  --sign               sign with the AWS credentials in the environment: a function URL or Web Function with IAM
  --timeout <seconds>  how long an answer may take (default: 10)

Exit code: 0 the contract is kept, 1 it is not, 2 it could not be checked.`;

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        common: { type: 'boolean' },
        sign: { type: 'boolean' },
        timeout: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    return { ...values, positionals };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

function readAddress(positionals: readonly string[]): string {
  const [text] = positionals;
  if (text === undefined || positionals.length > 1) {
    throw new Error(`${positionals.length} addresses are given; exactly one is needed.\n\n${USAGE}`);
  }
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol) || address.search !== '' || address.hash !== '') {
    throw new Error(
      `${JSON.stringify(text)} is no address of the service, such as https://example.com or http://127.0.0.1:8080.`,
    );
  }
  return address.href.replace(/\/$/, '');
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 900) return seconds;
  throw new Error(`--timeout is ${JSON.stringify(text)}: it must be a number of seconds from 1 to 900.`);
}

/** What answers there, as its own /info says. */
async function ask(
  url: string,
  send: typeof fetch,
  timeoutMs: number,
): Promise<{ info: Partial<Info>; headers: Headers }> {
  let response: Response;
  let body: string;
  try {
    response = await send(`${url}/info`, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' });
    body = await response.text();
  } catch (error) {
    // Of a failed fetch only the cause says what happened: a refused connection, an unknown name, a bad certificate.
    const { message, cause } = error as Error;
    throw new Error(`${url}/info does not answer: ${cause instanceof Error ? cause.message : message}`, {
      cause: error,
    });
  }
  if (response.status === 403) {
    throw new Error(
      `${url}/info answers 403: a function URL or Web Function with IAM wants signed requests. Add --sign.`,
    );
  }
  const info = parsed(body);
  if (response.status !== 200 || info.service !== 'thumbnails') {
    throw new Error(`${url}/info answers ${response.status}, and not as this service does: ${body.slice(0, 200)}`);
  }
  return { info, headers: response.headers };
}

/** Its fields as they are: the suite judges them. */
function parsed(body: string): Partial<Info> {
  try {
    return Object(JSON.parse(body)) as Partial<Info>;
  } catch {
    return {};
  }
}

async function main(): Promise<number> {
  const { positionals, common = false, sign = false, timeout = '10', help } = readArguments(process.argv.slice(2));
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const url = readAddress(positionals);
  const timeoutMs = readSeconds(timeout) * 1000;
  const { info, headers } = await ask(url, sign ? signingFetch(process.env) : fetch, timeoutMs);
  const target: Target = {
    url,
    kind: common || info.option?.startsWith('frameworks/') ? 'sample' : 'service',
    thumbnails: !common && info.limits !== undefined,
    // What Lambda's front end adds, and no server of ours.
    ...(headers.has('x-amzn-requestid') && { behind: 'lambda' }),
    ...(headers.has('lambda-web-request-id') && { behind: 'web-function' }),
    sign,
    timeoutMs,
  };
  const { version, option, runtime, framework, architecture, memoryMiB } = info;
  const facts = [runtime, framework, architecture, `${memoryMiB} MiB`].filter((fact) => fact !== undefined);
  const parts = ['of every service', ...(target.thumbnails ? ['thumbnails'] : [])];
  if (target.kind === 'service') parts.push('the service itself');
  console.log(`${option}: thumbnails ${version} (${facts.join(', ')})`);
  console.log(`Parts of the contract that are checked: ${parts.join(', ')}\n`);

  const root = path.join(__dirname, '..');
  const config = {
    rootDir: root,
    roots: ['<rootDir>/contract'],
    testMatch: ['**/deployed.contract.ts'],
    transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
  };
  const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, [jest, '--config', JSON.stringify(config), '--verbose', '--runInBand'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CONTRACT_TARGET: JSON.stringify(target) },
  });
  // On Ctrl-C the suite, in the same terminal, ends by itself.
  process.on('SIGINT', () => undefined);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 130)));
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  },
);
