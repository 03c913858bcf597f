import { request as http } from 'node:http';
import { request as https } from 'node:https';
import { text } from 'node:stream/consumers';
import { AwsClient } from 'aws4fetch';

/** A subnet, as far as a change of options may touch it. */
export interface Subnet {
  readonly id: string;
  readonly block: string;
  readonly zone: string;
  readonly givesAddresses: boolean;
}

/** What a VPC consists of, as EC2 reads it back. */
export interface Network {
  readonly subnets: readonly Subnet[];
  /** NAT gateways that are there, by the id of the subnet that they are in. */
  readonly natGatewaysIn: readonly string[];
  /** How many Elastic IP addresses there are. */
  readonly addresses: number;
  /** How many route tables lead out through a NAT gateway. */
  readonly waysThroughNat: number;
}

/** EC2 of an emulator, by its query API: the SDK's client is larger than all others here together, for four calls. */
export class Ec2 {
  private readonly signer = new AwsClient({
    accessKeyId: 'test',
    secretAccessKey: 'test',
    region: 'eu-central-1',
    service: 'ec2',
  });

  /** @param certificate that of the emulator, where it speaks TLS */
  constructor(
    private readonly url: string,
    private readonly certificate?: string,
  ) {}

  async network(vpcId: string): Promise<Network> {
    const inVpc = { 'Filter.1.Name': 'vpc-id', 'Filter.1.Value.1': vpcId };
    const subnets = await this.list('DescribeSubnets', 'subnetSet', inVpc);
    const natGateways = await this.list('DescribeNatGateways', 'natGatewaySet', inVpc);
    const routeTables = await this.list('DescribeRouteTables', 'routeTableSet', inVpc);
    return {
      subnets: subnets
        .map((each) => ({
          id: String(each['subnetId']),
          block: String(each['cidrBlock']),
          zone: String(each['availabilityZone']),
          givesAddresses: each['mapPublicIpOnLaunch'] === 'true',
        }))
        .sort((a, b) => a.id.localeCompare(b.id)),
      natGatewaysIn: natGateways
        .filter(({ state }) => state === 'available' || state === 'pending')
        .map(({ subnetId }) => String(subnetId)),
      addresses: (await this.list('DescribeAddresses', 'addressesSet')).length,
      waysThroughNat: routeTables.filter(({ routeSet }) =>
        itemsOf(routeSet).some(({ natGatewayId }) => natGatewayId !== undefined),
      ).length,
    };
  }

  /** The ids of the instances that are not terminated. */
  async instances(): Promise<string[]> {
    const reservations = await this.list('DescribeInstances', 'reservationSet');
    return reservations
      .flatMap(({ instancesSet }) => itemsOf(instancesSet))
      .filter(({ instanceState }) => (instanceState as Item)['name'] !== 'terminated')
      .map(({ instanceId }) => String(instanceId))
      .sort();
  }

  /** The open ports of a security group, with where from. */
  async openPorts(groupId: string): Promise<string[]> {
    const groups = await this.list('DescribeSecurityGroups', 'securityGroupInfo', { 'GroupId.1': groupId });
    return groups
      .flatMap(({ ipPermissions }) => itemsOf(ipPermissions))
      .flatMap(({ fromPort, ipRanges }) =>
        itemsOf(ipRanges).map(({ cidrIp }) => `${String(fromPort)} ${String(cidrIp)}`),
      )
      .sort();
  }

  private async list(Action: string, set: string, filter: Readonly<Record<string, string>> = {}): Promise<Item[]> {
    const body = new URLSearchParams({ Action, Version: '2016-11-15', ...filter }).toString();
    const { url, headers } = await this.signer.sign(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    const answer = await new Promise<string>((resolve, reject) => {
      const send = url.startsWith('https:') ? https : http;
      send(url, { method: 'POST', headers: Object.fromEntries(headers), ca: this.certificate }, (response) => {
        resolve(text(response));
      })
        .on('error', reject)
        .end(body);
    });
    const { [`${Action}Response`]: response } = fromXml(answer) as Item;
    if (response === undefined) throw new Error(`${Action}: ${answer}`);
    return itemsOf((response as Item)[set]);
  }
}

/** An element of an answer: its elements by name. */
type Item = Readonly<Record<string, unknown>>;

/** The `item` elements of a set, which may be empty. */
function itemsOf(set: unknown): Item[] {
  const { item = [] } = (typeof set === 'object' ? set : {}) as { readonly item?: Item | Item[] };
  return [item].flat();
}

/** XML as EC2 answers it, without attributes that count: text, or elements by name, a list where a name comes again. */
function fromXml(xml: string): unknown {
  const root: Record<string, unknown> = {};
  const open: { readonly name: string; value: Record<string, unknown> | string }[] = [{ name: '', value: root }];
  for (const [, end, name = '', isEmpty, words] of xml.matchAll(/<(\/?)([A-Za-z]\w*)[^>]*?(\/?)>|([^<]+)/g)) {
    const last = open.at(-1);
    if (last === undefined) break;
    if (words !== undefined) {
      if (words.trim() !== '' && open.length > 1) last.value = words; // not the prolog
    } else if (end === '/' || isEmpty === '/') {
      const done = end === '/' ? open.pop() : { name, value: '' };
      const into = open.at(-1)?.value;
      if (done !== undefined && typeof into === 'object')
        into[done.name] = done.name in into ? [into[done.name], done.value].flat() : done.value;
    } else open.push({ name, value: {} });
  }
  return root;
}
