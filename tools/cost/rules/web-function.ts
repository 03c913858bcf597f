import { QUOTAS } from '../fleet';
import { share } from '../fronts';
import { busyVcpus, SECONDS } from '../load';
import type { Rule } from '../rule';

/** An environment has two vCPUs and 2 GB (Lambda Developer Guide, "Web functions"). */
const ENVIRONMENT = { vcpus: 2, gb: 2 };

/**
 * A Lambda Web Function: by the CPU that is busy, the memory of its environments, and the request. No public rate is
 * known; with `--rate webFunction.vcpuSecond=…` and its like it is priced.
 */
export const webFunction: Rule = {
  type: 'AWS::Lambda::WebFunction',
  billed(_, { template, load }) {
    const here = share(template, load);
    const busy = busyVcpus(here);
    const environments = busy / (ENVIRONMENT.vcpus * load.target);
    return [
      { what: 'requests', quantity: here.requests, price: 'webFunction.request' },
      { what: 'busy vCPU', quantity: busy * SECONDS, price: 'webFunction.vcpuSecond' },
      { what: 'memory', quantity: environments * ENVIRONMENT.gb * SECONDS, price: 'webFunction.gbSecond' },
    ];
  },
  capacity(_, { template, load }) {
    const busy = busyVcpus(share(template, load));
    const mean = busy / (ENVIRONMENT.vcpus * load.target);
    const peak = Math.ceil(mean * load.peakToMean);
    return {
      unit: 'environment of 2 vCPUs',
      mean,
      peak,
      quota: { ...QUOTAS.webFunction, needed: peak * ENVIRONMENT.vcpus },
    };
  },
};
