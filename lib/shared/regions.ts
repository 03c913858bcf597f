import type { Rule } from '../options/problems';

/** Regions that lack something, by name; and beyond the commercial ones, the partitions that do. */
interface Lacking {
  readonly regions: readonly string[];
  readonly partitions: RegExp;
}

/** Isolated regions, and the European Sovereign Cloud. */
const ISOLATED = /^(us-iso[a-z]*|eu-isoe|eusc)-/;
const NOT_COMMERCIAL = /^(us-gov|cn|us-iso[a-z]*|eu-isoe|eusc)-/;

/** Where AWS does not offer what a stack is made of. A region that is not here has it, or is newer than this table. */
export const LACKING = {
  /**
   * Lambda Developer Guide, "Creating and managing Lambda function URLs", read in November 2026; for mx-central-1, the
   * resource schemas of CloudFormation.
   */
  functionUrls: {
    regions: [
      'ap-east-2',
      'ap-south-2',
      'ap-southeast-4',
      'ap-southeast-5',
      'ap-southeast-6',
      'ap-southeast-7',
      'ca-west-1',
      'eu-central-2',
      'eu-south-2',
      'il-central-1',
      'me-central-1',
      'mx-central-1',
    ],
    partitions: NOT_COMMERCIAL,
  },
  /** The resource schemas of CloudFormation for each region, of October 2026. The Developer Guide has no list. */
  webFunctions: {
    regions: [
      'af-south-1',
      'ap-east-1',
      'ap-east-2',
      'ap-south-2',
      'ap-southeast-3',
      'ap-southeast-4',
      'ap-southeast-5',
      'ap-southeast-6',
      'ap-southeast-7',
      'ca-west-1',
      'eu-central-2',
      'eu-south-1',
      'eu-south-2',
      'il-central-1',
      'me-central-1',
      'mx-central-1',
    ],
    partitions: NOT_COMMERCIAL,
  },
  /** AWS General Reference, "Elastic Beanstalk endpoints and quotas", as the SDKs had it in November 2026. */
  beanstalk: { regions: ['ap-east-2', 'mx-central-1'], partitions: ISOLATED },
  /** AWS General Reference, "CodeBuild endpoints and quotas", as the SDKs had it in November 2026. */
  codeBuild: {
    regions: ['ap-east-2', 'ca-west-1', 'mx-central-1'],
    partitions: /^(us-isob-west|eu-isoe|eusc)-/,
  },
  /** Amazon ECS User Guide for Fargate on docs.amazonaws.cn, "Fargate capacity providers": Spot has Linux on X86_64 only. */
  fargateSpotOnGraviton: { regions: [], partitions: /^cn-/ },
} as const satisfies Record<string, Lacking>;

/** Whether AWS offers it in a region; without a region, it is not known yet. */
export function isOffered(what: keyof typeof LACKING, region: string | undefined): boolean {
  const { regions, partitions }: Lacking = LACKING[what];
  return region === undefined || !(regions.includes(region) || partitions.test(region));
}

/** The rule of an option that AWS does not offer everywhere: what the region lacks, and what to do. */
export const offered = (
  what: keyof typeof LACKING,
  problem: string,
): Rule<{ readonly region: string | undefined }> => ({
  about: ['region'],
  problem: ({ region }) => (isOffered(what, region) ? undefined : problem),
});
