import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, CnameRecord, HostedZone, RecordTarget, type IAliasRecordTarget } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { hasCertificate, type Config } from '../options/config';

export interface ServiceDomainProps {
  readonly config: Config;
  /** First label of the name under `access.domainName`, such as `beanstalk`. */
  readonly subdomain: string;
}

/** The name under which an option answers, and the certificate for it, as far as the options `access` give them. */
export class ServiceDomain extends Construct {
  /** Given by `access.certificateArn`, or issued for the name; undefined for HTTP. */
  readonly certificate: ICertificate | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServiceDomainProps,
  ) {
    super(scope, id);
    this.certificate = this.certificateFor(props);
  }

  /**
   * Points the name at a host, and says where people find the service: under the name, or else at the host.
   *
   * @param alias the host as an alias record has it; without, the record is a CNAME
   */
  urlOf(host: string, alias?: IAliasRecordTarget): string {
    const { config, subdomain } = this.props;
    const { domainName, hostedZoneId } = config.access;
    if (domainName !== undefined && hostedZoneId !== undefined) {
      const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName: domainName });
      const record = { zone, recordName: subdomain };
      if (alias === undefined) new CnameRecord(this, 'Name', { ...record, domainName: host });
      else new ARecord(this, 'Name', { ...record, target: RecordTarget.fromAlias(alias) });
    }
    const name = domainName === undefined ? host : `${subdomain}.${domainName}`;
    return `${this.certificate === undefined ? 'http' : 'https'}://${name}`;
  }

  private certificateFor({ config, subdomain }: ServiceDomainProps): ICertificate | undefined {
    const { certificateArn, domainName, hostedZoneId } = config.access;
    if (!hasCertificate(config)) return undefined;
    if (certificateArn !== undefined) return Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    return new Certificate(this, 'Certificate', {
      domainName: `${subdomain}.${domainName ?? ''}`,
      validation: CertificateValidation.fromDns(
        HostedZone.fromHostedZoneId(this, 'ValidationZone', hostedZoneId ?? ''),
      ),
    });
  }
}
