import { DescribeAlarmsCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import type { AlarmAccount } from "../probes/alarm.ts";
import type { Undo } from "../undo.ts";
import type { Clients } from "./clients.ts";
import { createQueue } from "./queue.ts";

/** The alarms of the deployment, whose stack has this name. */
export const cloudWatchAlarms = (
  clients: Clients,
  { undo, name }: { readonly undo: Undo; readonly name: string },
): AlarmAccount => ({
  async findAlarm() {
    const command = new DescribeAlarmsCommand({
      AlarmNamePrefix: `Godwit-Region-${clients.region}-`,
      MaxRecords: 100,
    });
    const { MetricAlarms = [] } = await clients.cloudWatch.send(command);
    for (const { AlarmName, StateValue, AlarmActions = [] } of MetricAlarms) {
      const topic = AlarmActions.find((action) => action.includes(":sns:"));
      // An alarm that is in ALARM reports a problem, and a further ALARM sends nothing.
      if (StateValue === "ALARM") continue;
      if (AlarmName !== undefined && topic !== undefined) return { name: AlarmName, topic };
    }
    return undefined;
  },

  async listen(topic) {
    const queue = await createQueue(clients, undo, `${name}-alarm`);
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "sns.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queue.arn,
          Condition: { ArnEquals: { "aws:SourceArn": topic } },
        },
      ],
    });
    const policy = new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { Policy } });
    await clients.sqs.send(policy);
    const { SubscriptionArn } = await clients.sns.send(
      new SubscribeCommand({
        TopicArn: topic,
        Protocol: "sqs",
        Endpoint: queue.arn,
        ReturnSubscriptionArn: true,
      }),
    );
    undo.later(`subscription ${SubscriptionArn}`, async () => {
      await clients.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    });
    return { receive: queue.receive };
  },

  async setState(AlarmName, StateValue) {
    const StateReason = "npm run probe tests the topic of the alarms.";
    await clients.cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason }));
  },
});
