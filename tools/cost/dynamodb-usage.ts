import { HOURS, type Load } from './load';
import type { Billed } from './rule';

/** Reads and writes of an upload: the record that it is in progress, and then that it is done. */
const WRITES_AN_UPLOAD = 2;

/**
 * https://aws.amazon.com/dynamodb/pricing/: requests of an on-demand table, capacity by the hour of a provisioned one.
 * What is kept is small: records of uploads expire.
 */
export function billedTable(
  load: Load,
  table: { readonly onDemand: boolean; readonly readUnits: number; readonly writeUnits: number },
): Billed[] {
  if (!table.onDemand)
    return [
      { what: 'write capacity', quantity: table.writeUnits * HOURS, price: 'dynamodb.wcu' },
      { what: 'read capacity', quantity: table.readUnits * HOURS, price: 'dynamodb.rcu' },
    ];
  return [{ what: 'writes', quantity: load.uploads * WRITES_AN_UPLOAD, price: 'dynamodb.write' }];
}
