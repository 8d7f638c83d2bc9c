import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { CfnPolicy } from "aws-cdk-lib/aws-iot";
import type { Construct } from "constructs";

// IoT Core replaces the variables with values of the connection's thing. A statement with a
// variable without a value matches nothing:
// https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: IoT fills these in.
const device = "${iot:Connection.Thing.ThingName}";
const fleet = "${iot:Connection.Thing.Attributes[fleet]}";
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: IoT fills these in.

export const devicePolicyName = "godwit_device";

/** Topics of messages from the cloud to one device. */
const own = ["acks", "calls", "control", "firmware"];

/**
 * The IoT policy of every device certificate. A device connects with its own id, publishes its own
 * events, hello, replies to calls, certificate requests and reports about updates, and receives the
 * events of its fleet, its acknowledgments and messages to itself. Everything else is denied. In a
 * policy `*` matches any text and `?` one character, so `?*` is a non-empty event name.
 *
 * The policy outlives its stack, because IoT Core does not delete a policy that is attached to
 * certificates. The policy of a closed region denies everything: devices use other regions.
 */
export const devicePolicy = (
  scope: Construct,
  id: string,
  options: {
    eventsRule: string;
    returnsRule: string;
    certificatesRule: string;
    updatesRule: string;
    /** Whether the region refuses devices. */
    isClosed: boolean;
  },
): CfnPolicy => {
  const { eventsRule, returnsRule, certificatesRule, updatesRule, isClosed } = options;
  const { account, region, partition } = Stack.of(scope);
  const arn = (resource: string) => `arn:${partition}:iot:${region}:${account}:${resource}`;
  const events = `events/${fleet}/${device}/?*`;
  const allowed = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "iot:Connect",
        Resource: arn(`client/${device}`),
        Condition: { Bool: { "iot:Connection.Thing.IsAttached": "true" } },
      },
      {
        Effect: "Allow",
        Action: "iot:Publish",
        Resource: [
          arn(`topic/${events}`),
          arn(`topic/$aws/rules/${eventsRule}/${events}`),
          arn(`topic/hello/${device}`),
          arn(`topic/$aws/rules/${returnsRule}/returns/${device}`),
          arn(`topic/$aws/rules/${certificatesRule}/certificates/${device}`),
          arn(`topic/$aws/rules/${updatesRule}/updates/${device}`),
        ],
      },
      {
        Effect: "Allow",
        Action: "iot:Subscribe",
        // IoT Core compares a topic filter as text: `+` and `#` are ordinary characters here.
        Resource: [
          arn(`topicfilter/events/${fleet}/*`),
          ...own.map((root) => arn(`topicfilter/${root}/${device}`)),
        ],
      },
      {
        Effect: "Allow",
        Action: "iot:Receive",
        Resource: [
          arn(`topic/events/${fleet}/*`),
          ...own.map((root) => arn(`topic/${root}/${device}`)),
        ],
      },
    ],
  };
  const policy = new CfnPolicy(scope, id, {
    policyName: devicePolicyName,
    policyDocument: isClosed ? nothing : allowed,
  });
  policy.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  return policy;
};

/** The document of the policies of a closed region. */
export const nothing = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "iot:*", Resource: "*" }],
};
