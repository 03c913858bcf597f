import { QUOTAS } from '../fleet';
import { isPolled, servesRequests, share } from '../fronts';
import { lambdaMs, perSecond, SECONDS, type Load } from '../load';
import type { Billed, Capacity, Rule, Scene } from '../rule';
import { provisionedFor } from '../provisioned';
import { number, property, text, type Resource, type Template } from '../template';

/** MB of /tmp that come with a function (https://aws.amazon.com/lambda/pricing/). */
const STORAGE_INCLUDED_MIB = 512;

/**
 * https://aws.amazon.com/lambda/pricing/: by the request and the GB-second, to the millisecond. What runs only when a
 * stack is deployed, such as the functions of custom resources, costs nothing in the months between.
 */
export const lambdaFunction: Rule = {
  type: 'AWS::Lambda::Function',
  billed(fn, scene) {
    const work = workOf(fn, scene);
    return [...work.flatMap((each) => billedWork(fn, scene, each)), ...unknownMetrics(fn), ...traces(fn, work)];
  },
  capacity(fn, scene) {
    const [first] = workOf(fn, scene).filter(({ kind }) => kind === 'requests');
    return first && concurrency(first, scene.load);
  },
};

interface Work {
  readonly kind: 'requests' | 'uploads' | 'schedule';
  readonly invocations: number;
  readonly ms: number;
}

/** What calls a function, how often in a month, and for how long. */
function workOf(fn: Resource, { template, load }: Scene): Work[] {
  const memory = memoryOf(fn, load, template);
  const calls = scheduledCalls(fn, template);
  const polled = isPolled(template, fn.id);
  return [
    ...(servesRequests(template, fn.id)
      ? [
          {
            kind: 'requests' as const,
            invocations: share(template, load).requests,
            ms: load.ms ?? lambdaMs(load.cpuMs, memory),
          },
        ]
      : []),
    ...(polled
      ? [{ kind: 'uploads' as const, invocations: load.uploads, ms: lambdaMs(load.uploadCpuMs, memory) }]
      : []),
    // A health check takes a few milliseconds (docs/figures.md).
    ...(calls > 0 ? [{ kind: 'schedule' as const, invocations: calls, ms: lambdaMs(2, memory) }] : []),
  ];
}

const memoryOf = (fn: Resource, load: Load, template: Template): number =>
  (servesRequests(template, fn.id) ? load.memoryMiB : undefined) ?? number(fn, 'MemorySize') ?? 128;

const architectureOf = (fn: Resource): 'arm64' | 'x86' =>
  Array.isArray(property(fn, 'Architectures')) && (property(fn, 'Architectures') as unknown[]).includes('arm64')
    ? 'arm64'
    : 'x86';

function billedWork(fn: Resource, { template, load }: Scene, { kind, invocations, ms }: Work): Billed[] {
  const gb = memoryOf(fn, load, template) / 1_024;
  const seconds = (invocations * ms) / 1_000;
  const price = `lambda.${architectureOf(fn)}`;
  const provisioned = kind === 'requests' ? provisionedFor(fn, template) : 0;
  const peak = (perSecond({ ...load, requests: invocations }) * load.peakToMean * ms) / 1_000;
  // What finds a provisioned environment is billed at its own rate; the rest of the peak is as without.
  const onProvisioned = peak > 0 ? Math.min(1, provisioned / peak) : 0;
  const storageGb =
    Math.max(0, (number(fn, 'EphemeralStorage.Size') ?? STORAGE_INCLUDED_MIB) - STORAGE_INCLUDED_MIB) / 1_024;
  const amount = (what: string, quantity: number, of: string, savings = false): Billed[] =>
    quantity > 0 || (kind === 'requests' && of !== `${price}.onProvisioned`)
      ? [{ what: `${what} (${kind})`, quantity, price: of, savings }]
      : [];
  return [
    ...amount('invocations', invocations, 'lambda.request'),
    ...amount('memory and time', seconds * gb * (1 - onProvisioned), `${price}.gbSecond`, true),
    ...amount('memory and time on provisioned', seconds * gb * onProvisioned, `${price}.onProvisioned`, true),
    ...(storageGb > 0 ? amount('/tmp above 512 MB', seconds * storageGb, 'lambda.storage') : []),
  ];
}

/** Invocations a month by schedules that target a function or its alias at a rate. */
function scheduledCalls(fn: Resource, template: Template): number {
  const ids = [fn.id, ...template.referringTo(fn.id, 'AWS::Lambda::Alias').map(({ id }) => id)];
  return [...template.ofType('AWS::Scheduler::Schedule'), ...template.ofType('AWS::Events::Rule')]
    .filter((schedule) => ids.some((id) => template.referringTo(id).some((referring) => referring.id === schedule.id)))
    .reduce((sum, schedule) => sum + invocationsAMonth(text(schedule, 'ScheduleExpression')), 0);
}

/** How often a month a `rate(…)` comes; 0 for other expressions, which are for single times of a day. */
export function invocationsAMonth(expression = ''): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const seconds = { minute: 60, hour: 3_600, day: 86_400 }[unit];
  return count === undefined || seconds === undefined ? 0 : SECONDS / (Number(count) * seconds);
}

/** Metrics that the code writes to its log in the embedded format: how many, only the code says. */
function unknownMetrics(fn: Resource): Billed[] {
  return text(fn, 'Environment.Variables.POWERTOOLS_METRICS_NAMESPACE') === undefined
    ? []
    : [{ what: 'custom metrics that the code writes', why: 'their number is in the code and not in the template' }];
}

/** X-Ray samples the first request of each second, and 5 % of the rest (X-Ray Developer Guide, "Sampling rules"). */
function traces(fn: Resource, work: readonly Work[]): Billed[] {
  if (text(fn, 'TracingConfig.Mode') !== 'Active' || work.length === 0) return [];
  const rate = work.reduce((sum, { invocations }) => sum + invocations, 0) / SECONDS;
  const sampled = Math.min(1, rate) + 0.05 * Math.max(0, rate - 1);
  return [{ what: 'traces', quantity: sampled * SECONDS, price: 'xray.trace' }];
}

function concurrency({ invocations, ms }: Work, load: Load): Capacity {
  const mean = ((invocations / SECONDS) * ms) / 1_000;
  const peak = Math.ceil(mean * load.peakToMean);
  return { unit: 'concurrent execution', mean, peak, quota: { ...QUOTAS.lambda, needed: peak } };
}
