import type { Difference } from "./difference.ts";

/**
 * Differences that both emulators have: they accept invalid requests of DynamoDB, or reject them
 * with other words.
 */
export const commonDifferences: readonly Difference[] = [
  {
    symptom: /^contracts: (a condition|an update|a query|a request) that is invalid is rejected/,
    what: "DynamoDB: some invalid expressions and requests are accepted, or rejected with another message or status",
    reason:
      "The contract has AWS's rules and the words of this project's emulator. Functions send none of these requests.",
  },
  {
    symptom:
      /^contracts: an item (with another type of key|with a key that is too long|with an empty key|with an index key of another type|that is deeper than 32 levels) is rejected/,
    what: "DynamoDB: some invalid items are accepted, or rejected with another message",
    reason: "AWS documents these limits and types of keys.",
  },
  {
    symptom:
      /^contracts: an item has a key of its own for every text, also for half of a surrogate/,
    what: "DynamoDB: half of a surrogate pair is an internal error",
    reason: "AWS rejects or replaces invalid Unicode. Functions send no such text.",
  },
  {
    symptom: /^contracts: a condition is met: \(word\) = \(:v\)/,
    what: "DynamoDB: operands in parentheses are a syntax error",
    reason: "Functions use no such expression.",
  },
  {
    symptom: /^contracts: a query stops at 1 MB/,
    what: "DynamoDB: a page ends before the item that exceeds 1 MB",
    reason: "The adapters continue at `LastEvaluatedKey`, wherever a page ends.",
  },
  {
    symptom: /^contracts: several items of a batch are all rejected when one is invalid/,
    what: "DynamoDB: a batch with an invalid or a repeated item is accepted, or rejected with another message",
    reason: "AWS documents that it rejects the entire batch.",
  },
  {
    symptom: /^contracts: SQS a receive (with an invalid|of an unknown)/,
    what: "SQS: some invalid parameters of a receive are accepted, or rejected with another message",
    reason: "AWS documents the range of each parameter.",
  },
  {
    symptom: /^contracts: SQS a message is refused: (DelaySeconds|MessageGroupId|Invalid|system)/,
    what: "SQS: some invalid messages are accepted",
    reason: "AWS documents the characters and the ranges that a message may have.",
  },
  {
    symptom:
      /^contracts: S3 an object is not written when a condition does not hold or is not supp/,
    what: "S3: a copy with conditions that the contract refuses is accepted",
    reason: "The emulator of this project refuses conditions that it does not implement.",
  },
  {
    symptom: /^contracts: S3 an object may have a key of any characters/,
    what: "S3: some characters in keys are an error",
    reason: "AWS permits any UTF-8 text as a key.",
  },
  {
    symptom: /^contracts: the data plane the broker .* \| Error: the broker closed the connection/,
    what: "IoT Core: no MQTT over WebSocket at the endpoint of the data plane",
    reason: "MiniStack routes WebSockets by host name, and moto has no broker.",
  },
  {
    symptom: /^contracts: the data plane a connection to devices (sends|returns|reports)/,
    what: "IoT Core: no direct messages and no requests about connections",
    reason: "The calls `SendDirectMessage`, `GetConnection` and `DeleteConnection` are new.",
  },
];
