import { markdownTable } from '../table';
import type { Day, OptionDay } from './day';
import { usd } from './figures';
import { clock } from './load';
import { nightsOf } from './night';
import { REGION } from './prices';
import type { Minute } from './service';
import { IN_AFTER, IN_BELOW, OUT_AFTER } from './target-tracking';

const picture = (stem: string, alt: string): string => `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="pictures/${stem}-dark.svg">
  <img src="pictures/${stem}-light.svg" alt="${alt}">
</picture>`;

const stemOf = (stack: string): string => stack.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();

function row({ stack, title, kind, use }: OptionDay): string[] {
  const { instanceHours, taskHours, cost } = use;
  return [
    `\`${stack}\``,
    title,
    instanceHours > 0 ? instanceHours.toFixed(1) : '-',
    kind === 'service' ? taskHours.toFixed(1) : '-',
    usd(cost.compute),
    cost.balancer > 0 ? usd(cost.balancer) : '-',
    usd(cost.compute + cost.balancer),
  ];
}

/** Each minute in which something changes, in words. */
function changes(minutes: readonly Minute[]): string[][] {
  const where = ({ tasks, instances }: Minute): string =>
    instances
      .map(({ id, state }, index) => {
        const names = tasks
          .filter(({ instance }) => instance === id)
          .map(({ name, state: its }) => (its === 'running' ? name : `${name} (${its})`));
        return `${index + 1}${state === 'active' ? '' : ` (${state})`}: ${names.join(', ') || 'none'}`;
      })
      .join('; ');
  return minutes.flatMap((minute, at) => {
    const now = where(minute);
    const before = minutes[at - 1];
    return before !== undefined && where(before) === now ? [] : [[clock(at), String(minute.requests), now]];
  });
}

/** docs/day.md: generated, so that it says what the templates do. */
export function renderDayPage(day: Day): string {
  const nights = nightsOf(day);
  const total = day.requests.reduce((all, each) => all + each, 0).toLocaleString('en');
  const group = day.options.find(
    (option) => option.kind === 'service' && option.day.policies.capacity.kind === 'group',
  );
  const timeZones = [
    ...new Set(day.options.flatMap((option) => (option.kind === 'service' ? [option.day.policies.timeZone] : []))),
  ];
  return `# A day on each option

ECS follows when users come: two instances run containers by day, in the night the second instance goes, and its container moves to the first. \`npm run pictures\` reads the policies out of the templates, replays a day of requests against them minute by minute, and writes this page with its pictures. \`npm run day\` replays it with other options or another day:

\`\`\`sh
npm run day                                            # this day, these options
npm run day -- -c ecs.nightInstances=2                 # other options of the app
npm run day -- --requests my-day.csv                   # 1,440 lines: the requests of each minute
\`\`\`

## The night

${nights.map(({ stack, moments }) => picture(`night-${stemOf(stack)}`, `The night of ${stack}: ${moments.map(({ minute, caption }) => `${clock(minute)} ${caption}`).join('; ')}.`)).join('\n\n')}

## The day

${total} requests, the most ${Math.max(...day.requests)} a minute, each ${(day.work.cpuSeconds * 1000).toFixed(0)} ms of one vCPU. The clocks are those of the schedules: ${timeZones.join(', ')}.

${picture('day', 'Tasks and instances by the minute on each option, with hours and cost.')}

${markdownTable(
  ['stack', 'runs on', 'instance-hours', 'task-hours', 'compute', 'load balancer', 'the day'],
  day.options.map(row),
)}

The prices are list prices of ${REGION} in USD. Compute is what runs the service: instances with their volumes and public addresses, Fargate tasks with theirs, requests and memory of a function. The load balancer is its hours and addresses. The capacity units of the load balancer, data transfer, logs, alarms and the free tier are not in it.

Each option has the sizes of the sandbox. \`EcsEc2\` has two tasks or more, one an instance, as its night needs; \`Fargate\` and \`ManagedInstances\` have one or more, by day and by night, so that their schedules change nothing on this day. \`Ec2\` and \`Beanstalk\` have no policy that a day moves in the sandbox. \`WebFunction\` has no published rate.
${
  group?.kind === 'service'
    ? `
## Minute by minute: ${group.stack}

Instances are numbered as they stand; letters are containers.

${markdownTable(['time', 'requests a minute', 'instances and their containers'], changes(group.day.minutes))}
`
    : ''
}
## The model

It follows what AWS documents:

- **Target tracking** ([Application Auto Scaling](https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html), [ECS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html)): capacity is added when a metric is above its target for ${OUT_AFTER} minutes, in proportion and rounded up. It is removed, one task at a time, when the metric is below ${IN_BELOW * 100} % of the target for ${IN_AFTER} minutes. The guides name no figures. The minutes are [those of the alarms](https://github.com/aws/containers-roadmap/issues/1208) that a policy makes; the 90 % is what the lower alarm is seen to have, and no page of AWS says it. Of several policies the largest capacity counts, and all have to agree before a task goes. During the scale-out cooldown, what was added counts; the scale-in cooldown holds up removals only.
- **Schedules**: at their minute the bounds change, and a number outside of them becomes the nearest inside ([scheduled scaling](https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html)).
- **Managed scaling** ([ECS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-scaling-behavior.html)): CapacityProviderReservation is M / N x 100. Tasks that find no room add instances within a minute; an instance without tasks goes after ${IN_AFTER} minutes ([its alarms](https://github.com/aws/containers-roadmap/issues/638)).
- **Managed draining** ([ECS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html)): an instance that is to go gets no task. Successors of its tasks start elsewhere and run before the tasks stop.
- **Placement** ([ECS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-strategies.html)): spread over zones and binpack, as the service declares them. [Rebalancing](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html) moves a task where zones differ by two or more.
- **Managed Instances** ([ECS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ManagedInstances.html)): for tasks without room, the cheapest allowed type that takes them; an idle instance goes after \`ScaleInAfter\`.
- **Lambda** ([concurrency](https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html)): requests a second x seconds each. The memory gives a share of a vCPU, ${(1769).toLocaleString('en')} MiB a whole one.

Where AWS names no figure, the model assumes: an instance has joined the cluster 2 minutes after its launch; a task takes requests in the minute after it was placed, and stops within one; of two instances the newer one goes; Managed Instances without \`ScaleInAfter\` end an idle instance after 5 minutes, and are on demand in the share that their tasks are. Requests do not queue, instances do not fail, and Spot is not interrupted.
`;
}
