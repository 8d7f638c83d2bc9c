/**
 * The function of the workbench. It reports each message of a batch to a queue, and answers an API
 * request with its path parameter.
 */
export const functionCode = `
const { SQSClient, SendMessageBatchCommand } = require("@aws-sdk/client-sqs");
const { randomUUID } = require("node:crypto");
const sqs = new SQSClient({});
exports.handler = async (event) => {
  if (!event.Records) {
    return { statusCode: 200, body: JSON.stringify(event.pathParameters?.proxy ?? null) };
  }
  const batch = randomUUID();
  const receivedAt = Date.now();
  const size = event.Records.length;
  for (let at = 0; at < size; at += 10) {
    const Entries = event.Records.slice(at, at + 10).map(({ attributes }, i) => ({
      Id: String(i),
      MessageBody: JSON.stringify({
        sentAt: Number(attributes.SentTimestamp), receivedAt, batch, size,
      }),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: process.env.REPORTS, Entries }));
  }
};
`;
