import { removeEach } from "./adaptations.ts";
import { commonDifferences } from "./contractGroups.ts";
import type { Difference } from "./difference.ts";

/** Known differences between MiniStack and AWS. */
export const ministackDifferences: readonly Difference[] = [
  {
    symptom: /Unrecognized resource types: \[AWS::CloudWatch::CompositeAlarm\]/,
    what: "CloudFormation: composite alarms are unknown",
    reason: "AWS has `AWS::CloudWatch::CompositeAlarm`. The command leaves these alarms out.",
    adapt: removeEach("AWS::CloudWatch::CompositeAlarm", () => true),
  },
  {
    symptom: /AWS::CloudWatch::Alarm.*metric math/,
    what: "CloudFormation: alarms on metric math are not created",
    reason:
      "`AWS::CloudWatch::Alarm` has `Metrics` on AWS. The command leaves these alarms out, and deploys all others.",
    adapt: removeEach(
      "AWS::CloudWatch::Alarm",
      ({ Properties }) => Properties?.Metrics !== undefined,
    ),
  },
  {
    symptom: /Topic rule godwit_returns calls floor\(\), which MiniStack does not implement/,
    what: "IoT Core: rule SQL has no `floor`",
    reason: "AWS has it. Replies of devices to calls are not stored in the table.",
  },
  {
    symptom: /^contracts: a device cannot publish to another fleet/,
    what: "IoT Core: the broker does not enforce the policies of certificates",
    reason:
      "MiniStack evaluates policies with `AUTH=true` only, and then has no attributes of things in them. The emulator of this project enforces them.",
  },
  {
    symptom: /^contracts: SQS messages move to the dead-letter queue .*ListDeadLetterSourceQueues/,
    what: "SQS: no `ListDeadLetterSourceQueues`",
    reason: "AWS has it. Only the contract uses it; messages do move to dead-letter queues.",
  },
  {
    symptom: /^contracts: SQS a message is invisible for at most twelve hours in total/,
    what: "SQS: the total visibility timeout has no maximum",
    reason: "AWS documents twelve hours.",
  },
  {
    symptom: /^contracts: S3 an object is not completed from parts/,
    what: "S3: multipart uploads are completed without checks of the parts",
    reason: "AWS checks the order and the minimum size of parts, and conditions.",
  },
  {
    symptom: /^contracts: an update REMOVE cells\[0\], cells\[2\]/,
    what: "DynamoDB: `REMOVE` of several list elements shifts the later ones first",
    reason: "AWS removes the elements by their original positions.",
  },
  {
    symptom: /^contracts: a query and a scan can project and count; segments of a scan/,
    what: "DynamoDB: a scan has another order of items",
    reason:
      "The order of a scan is not specified; the contract has the order of this project's emulator.",
  },
  {
    symptom: /^probes: direct-message: 400 InvalidRequestException/,
    what: "Probe `direct-message`: the call is not supported",
    reason: "See above.",
  },
  {
    symptom: /^probes: alarm: no message of OK/,
    what: "Probe `alarm`: alarms send no events to EventBridge",
    reason:
      "CloudWatch sends `CloudWatch Alarm State Change` for each change. The alarm itself arrives; its end needs this event.",
  },
  {
    symptom: /^probes: greedy-path: a\/b\/c/,
    what: "Probe `greedy-path`: `%2F` in a greedy path is decoded",
    reason:
      "Not known for AWS: the functions decode path parameters, which has the same result here.",
  },
  ...commonDifferences,
];
