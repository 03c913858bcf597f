import { OPTIONS } from '../lib/app';
import type { Option, Preset } from '../lib/options/kinds';

/** One way to set the options, and a name for it. */
export interface Variant {
  readonly name: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** What each preset needs to be valid. The certificate is an example: synth never asks AWS for it. */
export const PRESETS: Readonly<Record<Preset, Readonly<Record<string, unknown>>>> = {
  sandbox: { preset: 'sandbox' },
  production: {
    preset: 'production',
    'access.certificateArn': 'arn:aws:acm:eu-central-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef',
  },
};

/** What a value needs beside it: each CPU size of Fargate has memory sizes of its own. */
const COMPANIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = Object.fromEntries(
  [512, 1_024, 2_048, 4_096, 8_192, 16_384].map((cpuUnits) => [
    `task.cpuUnits=${cpuUnits}`,
    { 'task.memoryMiB': cpuUnits * 2 },
  ]),
);

// What a preset refuses by itself: one instance is not two or more of everything.
const REFUSED: readonly string[] = ['production beanstalk.type=single'];

// What adds resources to every stack without being enumerated.
const EXPIRING: Variant = {
  name: 'sandbox sandbox.expireAt',
  context: { ...PRESETS.sandbox, 'sandbox.expireAt': '2026-12-24T18:00:00Z' },
};

// A block of IPv6, which makes the load balancers dual-stack.
const DUAL_STACK = (Object.keys(PRESETS) as Preset[]).map((preset) => ({
  name: `${preset} access.allowedCidr=0.0.0.0/0,::/0`,
  context: { ...PRESETS[preset], 'access.allowedCidr': '0.0.0.0/0,::/0' },
}));

/** Both presets, and each of them with every value of every enumerated option that it allows, one option at a time. */
export function variants(): Variant[] {
  return [...enumerated(), EXPIRING, ...DUAL_STACK];
}

function enumerated(): Variant[] {
  return (Object.keys(PRESETS) as Preset[]).flatMap((preset) => [
    { name: preset, context: PRESETS[preset] },
    ...Object.entries<Option<unknown>>(OPTIONS)
      .filter(([name]) => name !== 'preset')
      .flatMap(([name, { values = [] }]) =>
        values.map((value) => {
          const setting = `${name}=${value}`;
          return {
            name: `${preset} ${setting}`,
            context: { ...PRESETS[preset], [name]: value, ...COMPANIONS[setting] },
          };
        }),
      )
      .filter((variant) => !REFUSED.includes(variant.name)),
  ]);
}
