import { CONTEXT, readCommandLine, UsageError } from '../command-line';
import { cpuMsOf, type Load } from './load';
import { measuredLoad } from './measured';

export const USAGE = `Prices every stack from its template: idle, and at a load. USD a month, from the prices in tools/cost/prices.

  npm run cost                                            a million requests a month, in us-east-1
  npm run cost -- --requests 2e6 --ms 80 --region ap-northeast-2
  npm run cost -- Fargate Lambda -c fargate.tasks=2       those stacks, with what they need

The load
  --requests N      requests a month (1e6)
  --ms N            how long a request takes on Lambda; without it, from the CPU that npm run bench measured
  --cpu-ms N        CPU of a request, ms of one vCPU; without it, what --ms takes at the function's memory
  --memory MiB      memory of the function, in place of the template's
  --kb-in, --kb-out, --kb-log N     kB of a request, of its answer (20), of its log (0.5)
  --peak N          the busiest hour over the mean (3)
  --target N        share of a vCPU that may be busy at the peak (0.6)
  --uploads N       pictures put into the pipeline's bucket each month (0)
  --nat-gb N        GB through each NAT gateway each month (0)

The prices
  --region NAME[,…] regions (us-east-1)
  --rate KEY=USD    a rate that you know, such as ec2.t4g.small.savings1y=0.0106; as often as there are any
  --free-tier       take off what is free each month

The stacks
  --preset NAME     sandbox or production
  -c option=value   options; npm run options lists them
  --brief           no single resources

The crossover: which option is cheapest, from a thousand to a hundred billion requests a month
  --crossover       as a table
  --html FILE       and as one page with a chart, which needs nothing from the network

The difference that a change makes: two assemblies in place of the options
  --before DIR      what npx cdk synth --output DIR wrote before the change
  --after DIR       and after it

Exit code: 0, 1 where a region could not be priced, 2 it was not asked rightly.`;

const NUMBERS = [
  'requests',
  'ms',
  'cpu-ms',
  'memory',
  'kb-in',
  'kb-out',
  'kb-log',
  'peak',
  'target',
  'uploads',
  'nat-gb',
];

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

/**
 * What was given, checked.
 *
 * @throws UsageError naming everything that is wrong
 */
export function ask(args?: readonly string[]) {
  const { values, positionals } = readCommandLine(
    USAGE,
    {
      allowPositionals: true,
      options: {
        ...CONTEXT,
        ...Object.fromEntries(NUMBERS.map((name) => [name, text])),
        region: { type: 'string', default: 'us-east-1' },
        preset: text,
        rate: { type: 'string', multiple: true, default: [] as string[] },
        'free-tier': flag,
        brief: flag,
        crossover: flag,
        html: text,
        before: text,
        after: text,
      },
    },
    args,
  );
  const given = values as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  const numbers = new Map<string, number>();
  for (const name of NUMBERS.filter((each) => given[each] !== undefined)) {
    const value = Number(String(given[name]).replaceAll('_', ''));
    const wrong = !Number.isFinite(value) || value < 0 || (value === 0 && NEVER_ZERO.includes(name));
    if (wrong || (name === 'target' && value > 1))
      problems.push(
        `--${name} ${String(given[name])}: allowed is a number ${name === 'target' ? 'above 0, 1 at most' : NEVER_ZERO.includes(name) ? 'above 0' : 'of 0 or more'}, such as ${name === 'requests' ? '2e6' : name === 'target' ? '0.6' : '80'}`,
      );
    else numbers.set(name, value);
  }
  const rates = new Map<string, number>();
  for (const rate of values.rate) {
    const [, key, value] = /^([\w.]+)=(.+)$/.exec(rate) ?? [];
    if (key === undefined || !(Number(value) >= 0))
      problems.push(`--rate ${rate}: allowed is KEY=USD, such as fargate.arm64.vcpu.savings1y=0.0255`);
    else rates.set(key, Number(value));
  }
  problems.push(...problemsOfDifference(values));
  if (problems.length > 0) throw new UsageError(problems.join('\n'), USAGE);
  return { values, numbers, rates, stacks: positionals };
}

/** What is given beside two assemblies and contradicts them, and an assembly that is given alone. */
function problemsOfDifference(values: Readonly<Record<string, unknown>>): string[] {
  const { before, after, context } = values;
  if ((before === undefined) !== (after === undefined))
    return [`${before === undefined ? '--after' : '--before'} compares two assemblies: give the other one too`];
  if (before === undefined) return [];
  const others = ['preset', 'crossover', 'html', 'brief'].filter((name) => Boolean(values[name]));
  if ((context as readonly string[]).length > 0) others.push('context');
  return others.map((name) => `--${name} has no meaning with --before and --after: the assemblies are as they are`);
}

const NEVER_ZERO = ['ms', 'cpu-ms', 'memory', 'peak', 'target'];

export function loadFrom(numbers: ReadonlyMap<string, number>, memoryOfTemplate: number): Load {
  const measured = measuredLoad(numbers.get('requests') ?? 1e6);
  const [ms, memoryMiB] = [numbers.get('ms'), numbers.get('memory')];
  const cpuMs =
    numbers.get('cpu-ms') ?? (ms === undefined ? measured.cpuMs : cpuMsOf(ms, memoryMiB ?? memoryOfTemplate));
  return {
    ...measured,
    cpuMs,
    ...(ms !== undefined && { ms }),
    ...(memoryMiB !== undefined && { memoryMiB }),
    kbIn: numbers.get('kb-in') ?? measured.kbIn,
    kbOut: numbers.get('kb-out') ?? measured.kbOut,
    kbLog: numbers.get('kb-log') ?? measured.kbLog,
    peakToMean: numbers.get('peak') ?? measured.peakToMean,
    target: numbers.get('target') ?? measured.target,
    uploads: numbers.get('uploads') ?? measured.uploads,
    natGb: numbers.get('nat-gb') ?? measured.natGb,
  };
}
