import { HOURS, idle } from '../cost/load';
import { measuredLoad } from '../cost/measured';
import { priceStack } from '../cost/price-stack';
import { pricedRegions, readPrices } from '../cost/prices';
import { REGION } from '../cost/idle';
import { Template } from '../cost/template';
import { usd } from '../cost/report';
import type { DeployedStack } from './assembly';

/** What the stacks cost idle, in sentences: a month, the first hour, and what has no price. */
export function describePrice(stacks: readonly Pick<DeployedStack, 'id' | 'template'>[], region: string): string[] {
  const isPriced = pricedRegions().includes(region);
  const book = readPrices(isPriced ? region : REGION);
  const costs = stacks.map(({ id, template }) => ({
    id,
    cost: priceStack(new Template(template), { load: idle(measuredLoad(0)), book }),
  }));
  const month = costs.reduce((sum, { cost }) => sum + cost.usd, 0);
  const each = costs.map(({ id, cost }) => `${id} ${usd(cost.usd)}`).join(', ');
  const gaps = [...new Set(costs.flatMap(({ cost }) => cost.gaps.map(({ type, why }) => `${type}: ${why}`)))];
  return [
    `USD ${usd(month)} a month and ${usd(month / HOURS)} for the first hour, idle and before tax (${each}); requests come on top: npm run cost`,
    ...(isPriced ? [] : [`There are no prices of ${region} here, so that these are those of ${REGION}.`]),
    ...gaps.map((gap) => `Not priced: ${gap}`),
  ];
}
