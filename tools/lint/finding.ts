/** What a linter found in one template. */
export interface Finding {
  /** The linter's name of the rule, such as `E3006` or `CKV_AWS_18`. */
  readonly rule: string;
  /** The preset and the stack, such as `sandbox Ec2`. */
  readonly template: string;
  /** Logical id of the resource; the path in the template, where it is in no resource. */
  readonly resource: string;
  readonly message: string;
}

/** What a reviewer accepts of a rule, and why. */
export interface Accepted {
  readonly rule: string;
  /** Where: of the preset, the stack and the resource without CDK's hash, such as `sandbox Ec2 Instance`. */
  readonly where: readonly RegExp[];
  readonly reason: string;
}

/** What is wrong with the findings, and with the list of what is accepted. */
export interface Verdict {
  /** Found, and accepted by no entry. */
  readonly refused: readonly Finding[];
  /** Accepted, and found no longer: the rule, and the place. */
  readonly stale: readonly string[];
}

/** Holds findings against the list of what is accepted. */
export function judge(findings: readonly Finding[], list: readonly Accepted[]): Verdict {
  const places = list.flatMap(({ rule, where }) => where.map((place) => ({ rule, place })));
  const accepts = ({ rule, place }: (typeof places)[number], finding: Finding): boolean =>
    finding.rule === rule && place.test(`${finding.template} ${withoutHash(finding.resource)}`);
  return {
    refused: findings.filter((finding) => !places.some((each) => accepts(each, finding))),
    stale: places
      .filter((each) => !findings.some((finding) => accepts(each, finding)))
      .map(({ rule, place }) => `${rule} ${String(place)}`),
  };
}

/** CDK ends a logical id with a hash of its path, and that of an instance with one of its user data too. */
const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}([0-9a-f]{16})?$/, '');
