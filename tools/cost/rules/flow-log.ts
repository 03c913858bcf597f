import type { Rule } from '../rule';

/** https://aws.amazon.com/cloudwatch/pricing/, "Vended Logs": by the GB, and how many GB nothing in a template says. */
export const flowLog: Rule = {
  type: 'AWS::EC2::FlowLog',
  billed: () => [
    {
      what: 'flow log records',
      why: 'their volume goes by the number of connections; look at IncomingBytes of the log group',
    },
  ],
};
