/**
 * Commercial regions without Lambda function URLs.
 * Source: Lambda Developer Guide, "Creating and managing Lambda function URLs", read in November 2026.
 */
const WITHOUT_FUNCTION_URLS: readonly string[] = [
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
];

/** GovCloud, the China regions and the isolated ones, which have none either. */
const OTHER_PARTITIONS = /^(us-gov|cn|us-iso[a-z]*|eu-isoe|eusc)-/;

/** Whether a function can have a URL there; without a region, it is not known yet. */
export const hasFunctionUrls = (region: string | undefined): boolean =>
  region === undefined || !(WITHOUT_FUNCTION_URLS.includes(region) || OTHER_PARTITIONS.test(region));
