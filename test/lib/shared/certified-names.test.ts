import { problems, template } from '../../synthesis';

const ZONE = { 'access.hostedZoneId': 'Z0123456789ABCDEFGHIJ' };
const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef';
/** A domain that makes a name of the service of so many characters. */
const domainFor = (subdomain: string, length: number): string =>
  `${'d'.repeat(length - `compute-${subdomain}.`.length - '.example.com'.length)}.example.com`;

describe.each([
  ['Beanstalk', 'beanstalk'],
  ['Ec2', 'ec2'],
  ['EcsEc2', 'ecs'],
  ['Fargate', 'fargate'],
  ['ManagedInstances', 'managed-instances'],
])('%s', (stack, subdomain) => {
  const refusal = expect.stringContaining(`compute-${subdomain}.`) as unknown;

  test('gets a certificate for a name of 64 characters, the longest that ACM takes', () => {
    const DomainName = `compute-${subdomain}.${domainFor(subdomain, 64)}`;
    expect(DomainName).toHaveLength(64);
    const options = { ...ZONE, 'access.domainName': domainFor(subdomain, 64) };
    template(stack, options).hasResourceProperties('AWS::CertificateManager::Certificate', { DomainName });
    expect(problems(options)).not.toContainEqual(refusal);
  });

  test('refuses a longer one, unless the certificate is given', () => {
    const options = { ...ZONE, 'access.domainName': domainFor(subdomain, 65) };
    expect(problems(options)).toContainEqual(
      expect.stringMatching(
        /^access\.domainName = d+\.example\.com and name = compute: compute-\S+ has 65 characters, and ACM issues certificates for 64; set a shorter one, or access\.certificateArn$/,
      ),
    );
    expect(problems(options)).toContainEqual(refusal);
    expect(problems({ ...options, 'access.certificateArn': CERTIFICATE })).not.toContainEqual(refusal);
  });
});
