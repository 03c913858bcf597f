import { synthesise, type Stack } from '../../../tools/cost/assembly';
import { compare, optionsAmong, type Option } from '../../../tools/cost/compare';
import { cpuMsOf, type Load } from '../../../tools/cost/load';
import type { Plan } from '../../../tools/cost/price-stack';
import type { PriceBook } from '../../../tools/cost/prices';
import { cents, NOTHING, SEOUL, US_EAST_1 } from './priced';

// Each figure is worked out by hand beside the tool's: the arithmetic stands here as it would on paper.

let stacks: readonly Stack[];
beforeAll(() => {
  stacks = synthesise({});
});

const optionOf = (id: string, load: Load, book: PriceBook): Option => {
  const found = optionsAmong(compare(stacks, { load, book, freeTier: false })).find((option) => option.id === id);
  if (!found) throw new Error(`There is no option ${id}.`);
  return found;
};
const usd = (id: string, load: Load, book = US_EAST_1, plan: Plan = 'on-demand'): number =>
  cents(optionOf(id, load, book).atLoad[plan].usd);
const onPaper = (...amounts: readonly number[]): number => cents(amounts.reduce((sum, each) => sum + each, 0));

const ALARM = 0.1;
const DASHBOARD = 3;
const METRIC = 0.3;
const HOURS = 730;
/** One image of 100 MB in the registry, which the options that run an image need; others expire by their last pull. */
const REGISTRY = 1 * 0.1 * 0.1;

describe('while nothing is asked, in us-east-1', () => {
  test('Ec2: an instance, its volume and address, seven alarms, two metrics of the agent, a dashboard', () => {
    // memory, disk, restarts, health; host, status and CPU of the instance
    expect(usd('Ec2', NOTHING)).toBe(
      onPaper(HOURS * 0.0084, 8 * 0.08, HOURS * 0.005, 7 * ALARM, 2 * METRIC, DASHBOARD), // 6.132 + 0.64 + 3.65 + 0.70 + 0.60 + 3
    );
  });

  test('Beanstalk: an instance, its volume and address, a load balancer with two addresses, four metrics of alarms, four of health, a dashboard', () => {
    expect(usd('Beanstalk', NOTHING)).toBe(
      onPaper(
        HOURS * 0.0168,
        10 * 0.08,
        HOURS * 0.005,
        HOURS * 0.0225,
        2 * HOURS * 0.005,
        4 * ALARM, // health, errors and requests, latency
        4 * METRIC,
        DASHBOARD,
      ),
    );
  });

  test('Fargate: a task with its address, a load balancer, ten metrics of alarms, a dashboard, the image', () => {
    expect(usd('Fargate', NOTHING)).toBe(
      onPaper(
        0.25 * HOURS * 0.03238,
        0.5 * HOURS * 0.00356,
        HOURS * 0.005,
        HOURS * 0.0225,
        2 * HOURS * 0.005,
        10 * ALARM, // few and failed tasks, health, time, CPU, memory; errors and requests of the tasks and of the balancer
        DASHBOARD,
        REGISTRY,
      ),
    );
  });

  test('EcsEc2: two instances from 07:00 to 23:15 and one for the rest of the night', () => {
    const instances = (16.25 * 2 + 7.75 * 1) / 24;
    expect(usd('EcsEc2', NOTHING)).toBe(
      onPaper(
        instances * HOURS * 0.0168,
        instances * 30 * 0.08,
        instances * HOURS * 0.005,
        HOURS * 0.0225,
        2 * HOURS * 0.005,
        11 * ALARM, // those of Fargate, and the reservation of the instances
        DASHBOARD,
        REGISTRY,
      ),
    );
  });

  test('Lambda: thirteen metrics of alarms, a dashboard, and the polling of the queue', () => {
    // 5xx and requests; errors, throttles and time, the pipeline's errors, time, dead letters and backlog; slow starts of
    // both, and the share of starts among the requests
    expect(usd('Lambda', NOTHING)).toBe(onPaper(13 * ALARM, DASHBOARD, ((5 * 3_600) / 20) * HOURS * 0.0000004));
  });

  test('LambdaImage: six metrics of alarms, a dashboard, and the image in the registry', () => {
    // 5xx and requests, errors, throttles, time, slow starts
    expect(usd('LambdaImage', NOTHING)).toBe(onPaper(6 * ALARM, DASHBOARD, REGISTRY));
  });

  test('Frameworks: three metrics of alarms for each of six functions, and a dashboard', () => {
    // 5xx and requests, errors
    expect(usd('Frameworks', NOTHING)).toBe(onPaper(6 * 3 * ALARM, DASHBOARD));
  });
});

describe('2 million requests of 80 ms, and 500 million, with the rates of the pricing pages', () => {
  const load = (requests: number): Load => ({ ...NOTHING, requests, ms: 80, cpuMs: cpuMsOf(80, 1_024) });
  const rates = {
    'us-east-1': { vcpu: 0.03238, gb: 0.00356, logs: 0.5, kept: 0.03, out: 0.09 },
    'ap-northeast-2': { vcpu: 0.03725, gb: 0.00409, logs: 0.76, kept: 0.0314, out: 0.126 },
  };
  const regions = [
    ['us-east-1', US_EAST_1],
    ['ap-northeast-2', SEOUL],
  ] as const;

  /** The first of each second, and a twentieth of the rest. */
  const traces = (requests: number): number => {
    const aSecond = requests / (HOURS * 3_600);
    return (Math.min(1, aSecond) + 0.05 * Math.max(0, aSecond - 1)) * HOURS * 3_600 * 0.000005;
  };
  const logs = (requests: number, kb: number, { logs: rate, kept }: { logs: number; kept: number }): number =>
    ((requests * kb) / 1e6) * (rate + (7 / (HOURS / 24)) * kept);

  test.each(regions.flatMap(([region, book]) => [2e6, 5e8].map((requests) => [region, requests, book] as const)))(
    'Lambda in %s at %d',
    (region, requests, book) => {
      expect(usd('Lambda', load(requests), book)).toBe(
        onPaper(
          (requests / 1e6) * 0.2,
          requests * 0.08 * 0.0000133334, // 1 GB, and less than the 7.5 billion GB-s of the first tier
          logs(requests, 0.5 + 0.7, rates[region]),
          traces(requests),
          ((requests * 20) / 1e6) * rates[region].out, // 10,000 GB at most: the first tier
          3 * METRIC,
          13 * ALARM, // as while nothing is asked
          DASHBOARD,
          ((5 * 3_600) / 20) * HOURS * 0.0000004,
        ),
      );
    },
  );

  test.each(regions.flatMap(([region, book]) => [2e6, 5e8].map((requests) => [region, requests, book] as const)))(
    'Fargate in %s at %d',
    (region, requests, book) => {
      const { vcpu, gb, out } = rates[region];
      // 80 ms at 1,024 of the 1,769 MiB of a vCPU are 46.3 ms of CPU; each task may be 60 % busy with its 0.25 vCPU.
      const busy = ((requests / (HOURS * 3_600)) * 80 * (1_024 / 1_769)) / 1_000;
      const tasks = Math.max(1, busy / (0.25 * 0.6)); // 1, and 58.7
      expect(usd('Fargate', load(requests), book)).toBe(
        onPaper(
          tasks * 0.25 * HOURS * vcpu,
          tasks * 0.5 * HOURS * gb,
          tasks * HOURS * 0.005,
          HOURS * 0.0225,
          2 * HOURS * 0.005,
          ((requests * (300 + 20)) / 1e6) * 0.008, // GB an hour, one of each unit
          ((requests * 20) / 1e6) * out,
          logs(requests, 0.5, rates[region]),
          10 * ALARM, // as while nothing is asked
          DASHBOARD,
          REGISTRY,
        ),
      );
    },
  );
});

test('pricing takes less than a second beside the synth', () => {
  const begin = process.cpuUsage();
  for (const book of [US_EAST_1, SEOUL])
    optionsAmong(compare(stacks, { load: { ...NOTHING, requests: 5e8 }, book, freeTier: false }));
  const { user, system } = process.cpuUsage(begin);
  expect((user + system) / 1e6).toBeLessThan(1);
});
