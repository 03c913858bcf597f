/** Where a price stands in the AWS Price List. */
export interface Product {
  /** The offer, which is also the service code of the Price List API. */
  readonly offer: string;
  /** The usage type, without the prefix of the region. */
  readonly usageType: RegExp;
  readonly operation?: RegExp;
  /**
   * What the list's price is multiplied by, where its unit is another than ours.
   * @default 1
   */
  readonly times?: number;
}

const product = (offer: string, usageType: string, operation?: string): Product => ({
  offer,
  usageType: new RegExp(`^(?:${usageType})$`),
  ...(operation !== undefined && { operation: new RegExp(`^(?:${operation})$`) }),
});

const PRODUCTS: Readonly<Record<string, Product>> = {
  'ec2.credits.t4g': product('AmazonEC2', 'CPUCredits:t4g'),
  'ec2.credits.t3': product('AmazonEC2', 'CPUCredits:t3'),
  'ebs.gp3': product('AmazonEC2', 'EBS:VolumeUsage\\.gp3'),
  'ebs.gp3.iops': product('AmazonEC2', 'EBS:VolumeP-IOPS\\.gp3'),
  // Listed by the GiB/s.
  'ebs.gp3.throughput': { ...product('AmazonEC2', 'EBS:VolumeP-Throughput\\.gp3'), times: 1 / 1_024 },
  'ebs.gp2': product('AmazonEC2', 'EBS:VolumeUsage\\.gp2'),
  'ebs.io2': product('AmazonEC2', 'EBS:VolumeUsage\\.io2'),
  'ebs.io2.iops': product('AmazonEC2', 'EBS:VolumeP-IOPS\\.io2'),
  'nat.hour': product('AmazonEC2', 'NatGateway-Hours'),
  'nat.gb': product('AmazonEC2', 'NatGateway-Bytes'),
  ipv4: product('AmazonVPC', 'PublicIPv4:InUseAddress'),
  'endpoint.hour': product('AmazonVPC', 'VpcEndpoint-Hours'),
  'endpoint.gb': product('AmazonVPC', 'VpcEndpoint-Bytes'),
  'alb.hour': product('AWSELB', 'LoadBalancerUsage', 'LoadBalancing:Application'),
  'alb.lcu': product('AWSELB', 'LCUUsage', 'LoadBalancing:Application'),
  'nlb.hour': product('AWSELB', 'LoadBalancerUsage', 'LoadBalancing:Network'),
  'nlb.lcu': product('AWSELB', 'LCUUsage', 'LoadBalancing:Network'),
  'clb.hour': product('AWSELB', 'LoadBalancerUsage', 'LoadBalancing'),
  'clb.gb': product('AWSELB', 'DataProcessing-Bytes', 'LoadBalancing'),
  'transfer.out': product('AWSDataTransfer', 'DataTransfer-Out-Bytes'),
  'fargate.x86.vcpu': product('AmazonECS', 'Fargate-vCPU-Hours:perCPU'),
  'fargate.x86.gb': product('AmazonECS', 'Fargate-GB-Hours'),
  'fargate.arm64.vcpu': product('AmazonECS', 'Fargate-ARM-vCPU-Hours:perCPU'),
  'fargate.arm64.gb': product('AmazonECS', 'Fargate-ARM-GB-Hours'),
  'fargate.storage': product('AmazonECS', 'Fargate-EphemeralStorage-GB-Hours'),
  'lambda.request': product('AWSLambda', 'Request'),
  'lambda.x86.gbSecond': product('AWSLambda', 'Lambda-GB-Second'),
  'lambda.arm64.gbSecond': product('AWSLambda', 'Lambda-GB-Second-ARM'),
  'lambda.x86.provisioned': product('AWSLambda', 'Lambda-Provisioned-Concurrency'),
  'lambda.arm64.provisioned': product('AWSLambda', 'Lambda-Provisioned-Concurrency-ARM'),
  'lambda.x86.onProvisioned': product('AWSLambda', 'Lambda-Provisioned-GB-Second'),
  'lambda.arm64.onProvisioned': product('AWSLambda', 'Lambda-Provisioned-GB-Second-ARM'),
  'lambda.storage': product('AWSLambda', 'Lambda-Storage-GB-Second'),
  'logs.ingest': product('AmazonCloudWatch', 'DataProcessing-Bytes', 'PutLogEvents'),
  'logs.storage': product('AmazonCloudWatch', 'TimedStorage-ByteHrs'),
  alarm: product('AmazonCloudWatch', 'CW:AlarmMonitorUsage'),
  'alarm.highResolution': product('AmazonCloudWatch', 'CW:HighResAlarmMonitorUsage'),
  'alarm.composite': product('AmazonCloudWatch', 'CW:CompositeAlarmMonitorUsage'),
  metric: product('AmazonCloudWatch', 'CW:MetricMonitorUsage', 'MetricStorage'),
  'xray.trace': product('AWSXRay', 'XRay-TracesStored'),
  's3.storage': product('AmazonS3', 'TimedStorage-ByteHrs'),
  's3.put': product('AmazonS3', 'Requests-Tier1'),
  's3.get': product('AmazonS3', 'Requests-Tier2'),
  'sqs.request': product('AWSQueueService', 'Requests-RBP|Requests-Tier1'),
  'dynamodb.write': product('AmazonDynamoDB', 'WriteRequestUnits'),
  'dynamodb.read': product('AmazonDynamoDB', 'ReadRequestUnits'),
  'dynamodb.wcu': product('AmazonDynamoDB', 'WriteCapacityUnit-Hrs'),
  'dynamodb.rcu': product('AmazonDynamoDB', 'ReadCapacityUnit-Hrs'),
  'dynamodb.storage': product('AmazonDynamoDB', 'TimedStorage-ByteHrs'),
  'ecr.storage': product('AmazonECR', 'TimedStorage-ByteHrs'),
  'api.http': product('AmazonApiGateway', 'ApiGatewayHttpRequest'),
  'api.rest': product('AmazonApiGateway', 'ApiGatewayRequest'),
  secret: product('AWSSecretsManager', 'AWSSecretsManager-Secrets'),
  'kms.key': product('awskms', 'KMS-Keys'),
};

const INSTANCE = /^ec2\.([a-z][a-z0-9-]*\.[a-z0-9-]+)$/;
const SAVINGS = /\.savings([13])y$/;

/** Where the price of a key is listed; undefined for what is listed elsewhere, such as Spot, or nowhere. */
export function productOf(key: string): Product | undefined {
  const instance = INSTANCE.exec(key)?.[1];
  if (instance !== undefined && !key.startsWith('ec2.credits.'))
    return product('AmazonEC2', `BoxUsage:${instance.replace('.', '\\.')}`, 'RunInstances');
  return PRODUCTS[key];
}

/** For the rate of a Savings Plan: the price that it is a rate of, and its years. */
export function savingsOf(key: string): { readonly of: string; readonly years: 1 | 3 } | undefined {
  const years = SAVINGS.exec(key)?.[1];
  return years === undefined ? undefined : { of: key.replace(SAVINGS, ''), years: years === '1' ? 1 : 3 };
}

/** A usage type without the prefix of its region, such as APN2- or EU-. */
export const withoutRegion = (usageType: string): string => usageType.replace(/^(?:[A-Z]{2}|[A-Z]{3,4}\d)-/, '');
