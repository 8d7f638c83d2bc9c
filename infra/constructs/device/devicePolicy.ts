import { Stack } from "aws-cdk-lib";
import { CfnPolicy } from "aws-cdk-lib/aws-iot";
import type { Construct } from "constructs";

// Filled in by IoT from the thing that the connection belongs to; a statement with a variable that has no
// value matches nothing: https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: IoT fills these in.
const device = "${iot:Connection.Thing.ThingName}";
const fleet = "${iot:Connection.Thing.Attributes[fleet]}";
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: IoT fills these in.

export const devicePolicyName = "godwit_device";

/** What the cloud sends to one device alone. */
const own = ["acks", "calls", "control"];

/**
 * The one IoT policy that every device's certificate gets. A device connects under its own name,
 * publishes its own events, says hello, answers calls, asks for certificates, and hears the events of its fleet, its own acks, and what is
 * sent to it alone; anything else is refused.
 * In a policy `*` is any text and `?` any one character, so `?*` is an event name that is not empty.
 */
export const devicePolicy = (
  scope: Construct,
  id: string,
  rules: { eventsRule: string; returnsRule: string; certificatesRule: string },
): CfnPolicy => {
  const { eventsRule, returnsRule, certificatesRule } = rules;
  const { account, region, partition } = Stack.of(scope);
  const arn = (resource: string) => `arn:${partition}:iot:${region}:${account}:${resource}`;
  const events = `events/${fleet}/${device}/?*`;
  return new CfnPolicy(scope, id, {
    policyName: devicePolicyName,
    policyDocument: {
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
          ],
        },
        {
          Effect: "Allow",
          Action: "iot:Subscribe",
          // A filter is compared as text: its own `+` and `#` are characters like others here.
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
    },
  });
};
