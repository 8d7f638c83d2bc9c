import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import type { Undo } from "../undo.ts";
import type { Clients } from "./clients.ts";

export interface Queue {
  readonly url: string;
  readonly arn: string;
  /** Receives and deletes up to ten messages. Waits some seconds for the first. */
  receive(): Promise<readonly string[]>;
}

const waitSeconds = 5;

/** Creates a queue, which `undo` deletes. */
export const createQueue = async (
  { sqs }: Clients,
  undo: Undo,
  QueueName: string,
  Attributes: Record<string, string> = {},
): Promise<Queue> => {
  undo.later(`queue ${QueueName}`, async () => {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
  const arn = (await sqs.send(command)).Attributes?.QueueArn;
  if (QueueUrl === undefined || arn === undefined) throw new Error(`${QueueName} has no address`);
  return {
    url: QueueUrl,
    arn,
    async receive() {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: waitSeconds,
        }),
      );
      if (Messages.length === 0) return [];
      const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      return Messages.map(({ Body = "" }) => Body);
    },
  };
};
