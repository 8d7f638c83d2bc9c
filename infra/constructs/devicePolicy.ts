import { Stack } from "aws-cdk-lib";
import { CfnPolicy } from "aws-cdk-lib/aws-iot";
import type { Construct } from "constructs";

// Filled in by IoT from the thing that the connection belongs to; a statement with a variable that has no
// value matches nothing: https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: IoT fills these in.
const device = "${iot:Connection.Thing.ThingName}";
const fleet = "${iot:Connection.Thing.Attributes[fleet]}";
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: IoT fills these in.

/**
 * The one IoT policy that every device's certificate gets. A device connects under its own name, says
 * hello, publishes its own events and the answers to its calls, and hears the events of its fleet and what
 * the cloud has to say to it alone; anything else is refused.
 * In a policy `*` is any text and `?` any one character, so `?*` is an event name that is not empty.
 */
export const devicePolicy = (
  scope: Construct,
  id: string,
  { name, eventsRule, returnsRule }: { name: string; eventsRule: string; returnsRule: string },
): CfnPolicy => {
  const { account, region, partition } = Stack.of(scope);
  const arn = (resource: string) => `arn:${partition}:iot:${region}:${account}:${resource}`;
  const events = `events/${fleet}/${device}/?*`;
  const fromCloud = ["acks", "calls", "control"].map((root) => `${root}/${device}`);
  return new CfnPolicy(scope, id, {
    policyName: name,
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
          ],
        },
        {
          Effect: "Allow",
          Action: "iot:Subscribe",
          // A filter is compared as text: its own `+` and `#` are characters like others here.
          Resource: [`events/${fleet}/*`, ...fromCloud].map((filter) =>
            arn(`topicfilter/${filter}`),
          ),
        },
        {
          Effect: "Allow",
          Action: "iot:Receive",
          Resource: [`events/${fleet}/*`, ...fromCloud].map((topic) => arn(`topic/${topic}`)),
        },
      ],
    },
  });
};
