import { servesRequests } from './fronts';
import { SECONDS, type Load } from './load';
import { provisionedBy } from './provisioned';
import type { Billed } from './rule';
import { number, property, type Resource, type Template } from './template';

/** Environments that an alias or a version keeps initialised: their memory, by the second, asked or not. */
export function billedProvisioned(holder: Resource, template: Template, load: Load): Billed[] {
  const count = provisionedBy(holder, template);
  if (count === 0) return [];
  const fn = template.referredBy(property(holder, 'FunctionName'), 'AWS::Lambda::Function');
  if (fn === undefined) return [{ what: 'provisioned concurrency', why: 'its function is not in this template' }];
  const memory = (servesRequests(template, fn.id) ? load.memoryMiB : undefined) ?? number(fn, 'MemorySize') ?? 128;
  const architectures = property(fn, 'Architectures');
  const architecture = Array.isArray(architectures) && architectures.includes('arm64') ? 'arm64' : 'x86';
  return [
    {
      what: 'provisioned concurrency',
      quantity: count * SECONDS * (memory / 1_024),
      price: `lambda.${architecture}.provisioned`,
      savings: true,
    },
  ];
}
