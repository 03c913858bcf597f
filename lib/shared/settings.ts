import { RemovalPolicy } from 'aws-cdk-lib';
import type { LogSettings } from './log-settings';
import type { NightWindow } from './night';
import { nightWindow } from './night-times';
import { hasCertificate, subdomainOf, type SharedValues } from './options';
import type { PublicAccess } from './public-load-balancer';

// From the values of the shared options to the props that stacks take.

/**
 * What becomes of logs, pictures and records when their stack is deleted. What production keeps is deleted all the same
 * where its creation fails, so that nothing is in the way of the next try.
 */
export const dataRemovalPolicy = ({ preset }: SharedValues): RemovalPolicy =>
  preset === 'production' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;

export const logSettings = (values: SharedValues): LogSettings => ({
  retention: values.logs.retentionDays,
  removalPolicy: dataRemovalPolicy(values),
});

/** Whether every address on the internet may reach the service. */
export const isOpenToAll = ({ access }: SharedValues): boolean =>
  access.allowedCidr.some((cidr) => cidr.endsWith('/0'));

export const publicAccess = (values: SharedValues, service: string): PublicAccess => {
  const { access } = values;
  return {
    allowedCidrs: access.allowedCidr,
    domain: {
      subdomain: subdomainOf(values, service),
      domainName: access.domainName,
      hostedZoneId: access.hostedZoneId,
      certificateArn: hasCertificate(values) ? access.certificateArn : undefined,
    },
    accessLogs: access.logs ? logSettings(values) : undefined,
    webAclArn: access.webAclArn,
  };
};

export const night = ({ schedule }: SharedValues): NightWindow | undefined => nightWindow(schedule.night);
