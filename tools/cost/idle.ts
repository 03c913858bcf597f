import { synthesise, type Stack } from './assembly';
import { idle } from './load';
import { measuredLoad } from './measured';
import { priceStack } from './price-stack';
import { type PriceBook, readPrices } from './prices';
import { blind } from './report';

/**
 * What a stack costs in a month without a request, in US dollars, with the stacks that are deployed with it.
 *
 * @returns undefined where it has something whose price is not known
 */
export function idleCost(stacks: readonly Stack[], book: PriceBook, id: string): number | undefined {
  const needs = stacks.find((stack) => stack.id === id)?.needs ?? [];
  const costs = stacks
    .filter((stack) => stack.id === id || needs.includes(stack.id))
    .map((stack) => ({
      isOption: stack.id === id,
      cost: priceStack(stack.template, { load: idle(measuredLoad(0)), book }),
    }));
  if (costs.some(({ isOption, cost }) => isOption && blind(cost))) return undefined;
  return costs.reduce((sum, { cost }) => sum + cost.usd, 0);
}

/** As a table has it: cents below 100 dollars. */
export const dollars = (usd: number | undefined): string =>
  usd === undefined
    ? 'not priced'
    : usd.toLocaleString('en-US', {
        minimumFractionDigits: usd < 100 ? 2 : 0,
        maximumFractionDigits: usd < 100 ? 2 : 0,
      });

/** The region whose prices the README has. */
export const REGION = 'us-east-1';

// Run as a program, it prints the idle cost of every stack as JSON: a command that has other things to do meanwhile starts
// it beside itself.
if (require.main === module) {
  process.env['CDK_VALIDATION'] = 'false';
  const stacks = synthesise({});
  const book = readPrices(REGION);
  console.log(JSON.stringify(Object.fromEntries(stacks.map(({ id }) => [id, dollars(idleCost(stacks, book, id))]))));
}
