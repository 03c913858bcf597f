import type { Load } from '../../../tools/cost/load';
import { priceStack, type PriceStackOptions } from '../../../tools/cost/price-stack';
import { readPrices } from '../../../tools/cost/prices';
import { Template } from '../../../tools/cost/template';

/** A load of nothing, to be changed in a test's own terms. */
export const NOTHING: Load = {
  requests: 0,
  cpuMs: 60,
  kbIn: 300,
  kbOut: 20,
  kbLog: 0.5,
  peakToMean: 3,
  target: 0.6,
  uploads: 0,
  uploadCpuMs: 100,
  natGb: 0,
  imageMb: 100,
};

export const US_EAST_1 = readPrices('us-east-1');
export const SEOUL = readPrices('ap-northeast-2');
export const IRELAND = readPrices('eu-west-1');

/** Resources by logical id: their type and properties. */
export type Resources = Readonly<
  Record<string, { readonly Type: string; readonly Properties?: object; readonly Metadata?: object }>
>;

export const templateOf = (resources: Resources): Template => new Template({ Resources: resources });

/** What a template of these resources costs; us-east-1 and no load unless said otherwise. */
export const cost = (resources: Resources, load: Partial<Load> = {}, options: Partial<PriceStackOptions> = {}) =>
  priceStack(templateOf(resources), { load: { ...NOTHING, ...load }, book: US_EAST_1, ...options });

/** To the cent. */
export const cents = (usd: number): number => Math.round(usd * 100) / 100;

/** What one resource costs, line by line, to the cent. */
export function lines(
  resource: string,
  resources: Resources,
  load: Partial<Load> = {},
  options: Partial<PriceStackOptions> = {},
): Record<string, number | undefined> {
  return Object.fromEntries(
    cost(resources, load, options)
      .lines.filter((line) => line.resource === resource)
      .map(({ what, usd }) => [what, usd === undefined ? undefined : cents(usd)]),
  );
}
