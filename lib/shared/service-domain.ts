import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AaaaRecord, ARecord, HostedZone, RecordTarget, type IAliasRecordTarget } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

export interface ServiceDomainProps {
  /** First label of the service's name, such as `compute-fargate`. */
  readonly subdomain: string;
  /** Domain in which it has its name, such as `example.com`. @default - it answers under the host's own name */
  readonly domainName?: string | undefined;
  /** Route 53 hosted zone of the domain, for the record and for validating the certificate. @default - no record */
  readonly hostedZoneId?: string | undefined;
  /** ACM certificate in the same region. @default - one is issued where domain and zone are given, otherwise none */
  readonly certificateArn?: string | undefined;
}

/** The name under which a service answers, and the certificate for it. */
export class ServiceDomain extends Construct {
  /** Undefined where the service answers over HTTP. */
  readonly certificate: ICertificate | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServiceDomainProps,
  ) {
    super(scope, id);
    this.certificate = this.findCertificate();
  }

  /**
   * Points the name at a host, by an alias record, and by one of IPv6 where the host is dual-stack.
   *
   * @returns the URL of the service: under its name, or where it has none, at the host
   */
  pointAt(host: string, alias: IAliasRecordTarget, isDualStack: boolean): string {
    const { subdomain, domainName, hostedZoneId } = this.props;
    if (domainName !== undefined && hostedZoneId !== undefined) {
      const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName: domainName });
      const record = { zone, recordName: subdomain, target: RecordTarget.fromAlias(alias) };
      new ARecord(this, 'Name', record);
      if (isDualStack) new AaaaRecord(this, 'Ipv6Name', record);
    }
    const name = domainName === undefined ? host : `${subdomain}.${domainName}`;
    return `${this.certificate === undefined ? 'http' : 'https'}://${name}`;
  }

  private findCertificate(): ICertificate | undefined {
    const { subdomain, domainName, hostedZoneId, certificateArn } = this.props;
    if (certificateArn !== undefined) return Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    if (domainName === undefined || hostedZoneId === undefined) return undefined;
    return new Certificate(this, 'Certificate', {
      domainName: `${subdomain}.${domainName}`,
      validation: CertificateValidation.fromDns(HostedZone.fromHostedZoneId(this, 'ValidationZone', hostedZoneId)),
    });
  }
}
