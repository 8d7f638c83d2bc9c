import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../local/events/pattern.ts";

const event = {
  source: "aws.cloudwatch",
  "detail-type": "CloudWatch Alarm State Change",
  resources: ["arn:one", "arn:two"],
  detail: {
    alarmName: "Godwit-Region-us-east-1-Errors",
    state: { value: "ALARM", actionsSuppressedBy: null },
    count: 5,
    isComposite: false,
    tags: [],
  },
};

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
describe("an event pattern matches", () => {
  it.each([
    ["a value", { source: ["aws.cloudwatch"] }],
    ["one of several values", { source: ["aws.s3", "aws.cloudwatch"] }],
    ["fields within fields", { detail: { state: { value: ["ALARM"] } } }],
    ["one value of a list in the event", { resources: ["arn:two"] }],
    [
      "null, a number and a boolean",
      { detail: { count: [5], isComposite: [false], state: { actionsSuppressedBy: [null] } } },
    ],
    ["a prefix", { detail: { alarmName: [{ prefix: "Other-" }, { prefix: "Godwit-" }] } }],
    ["a suffix", { detail: { alarmName: [{ suffix: "-Errors" }] } }],
    ["a text in any case", { source: [{ "equals-ignore-case": "AWS.CloudWatch" }] }],
    ["any other value", { detail: { state: { value: [{ "anything-but": "OK" }] } } }],
    [
      "any value but a list",
      { detail: { state: { value: [{ "anything-but": ["OK", "INSUFFICIENT_DATA"] }] } } },
    ],
    ["any other prefix", { source: [{ "anything-but": { prefix: "aws.s" } }] }],
    ["any other suffix", { source: [{ "anything-but": { suffix: ["s3", "sqs"] } }] }],
    ["a number within bounds", { detail: { count: [{ numeric: [">", 1, "<=", 5] }] } }],
    ["a field that exists", { detail: { alarmName: [{ exists: true }] } }],
    [
      "one of several patterns, and the other fields",
      {
        source: ["aws.cloudwatch"],
        detail: { count: [5], $or: [{ isComposite: [true] }, { state: { value: ["ALARM"] } }] },
      },
    ],
    ["a field that does not exist", { detail: { none: [{ exists: false }] } }],
  ])("%s", (_, pattern) => {
    expect(compilePattern(pattern)(event)).toBe(true);
  });
});

describe("an event pattern does not match", () => {
  it.each([
    ["another value", { source: ["aws.s3"] }],
    ["when only one of two fields matches", { source: ["aws.cloudwatch"], region: ["x"] }],
    ["a missing field", { detail: { missing: ["x"] } }],
    ["a text as a number", { detail: { count: ["5"] } }],
    ["another prefix", { source: [{ prefix: "aws.s" }] }],
    ["an excluded value", { source: [{ "anything-but": ["aws.cloudwatch"] }] }],
    ["an excluded prefix", { source: [{ "anything-but": { prefix: "aws." } }] }],
    ["a missing field with anything-but", { detail: { missing: [{ "anything-but": "x" }] } }],
    ["a number outside the bounds", { detail: { count: [{ numeric: ["<", 5] }] } }],
    ["a field that must not exist", { source: [{ exists: false }] }],
    ["none of several patterns", { $or: [{ source: ["a"] }, { detail: { count: [6] } }] }],
    [
      "another field beside several patterns",
      { region: ["x"], $or: [{ source: ["aws.cloudwatch"] }, { source: ["a"] }] },
    ],
    ["an inherited property", { constructor: [{ exists: true }] }],
  ])("%s", (_, pattern) => {
    expect(compilePattern(pattern)(event)).toBe(false);
  });
});

describe("an event pattern is refused by name", () => {
  it.each([
    [{ detail: { ip: [{ cidr: "10.0.0.0/8" }] } }, "detail.ip"],
    [{ source: [{ wildcard: "aws.*" }] }, "wildcard"],
    [{ $or: [{ source: ["a"] }] }, "$or"],
    [{ $or: { source: ["a"] } }, "$or"],
    [{ detail: { $or: [{ count: [1] }, { $and: [] }] } }, "detail.$and"],
    [{ source: [] }, "source"],
    [{ source: [{ prefix: "a", suffix: "b" }] }, "source"],
    [{ detail: { count: [{ numeric: ["~", 5] }] } }, "detail.count"],
    [{}, "empty"],
  ])("%j", (pattern, name) => {
    expect(() => compilePattern(pattern)).toThrow(name);
  });

  it("a field without a list", () => {
    expect(() => compilePattern({ source: "aws.s3" })).toThrow();
  });
});
