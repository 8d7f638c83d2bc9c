import { expect, it } from "vitest";
import { envelope } from "../../../local/events/envelope.ts";
import { targetInput } from "../../../local/events/targetInput.ts";

const event = envelope(
  {
    source: "aws.cloudwatch",
    detailType: "CloudWatch Alarm State Change",
    detail: { alarmName: 'A "quoted" name', state: { value: "OK" }, count: 3 },
    resources: ["arn:alarm"],
    time: new Date("2026-01-02T03:04:05.678Z"),
  },
  { region: "us-east-1", account: "1" },
);
const rule = { arn: "arn:rule", name: "rule" };

it("is the event by default", () => {
  expect(JSON.parse(targetInput({})(event, rule))).toEqual(event);
});

it("can be a part of the event or a constant", () => {
  expect(targetInput({ InputPath: "$.detail.state" })(event, rule)).toBe('{"value":"OK"}');
  expect(targetInput({ Input: '{"a":1}' })(event, rule)).toBe('{"a":1}');
});

it("can be a template with values of the event, as JSON or within a text", () => {
  const InputPathsMap = {
    name: "$.detail.alarmName",
    state: "$.detail.state",
    count: "$.detail.count",
    "resources-0-": "$.resources[0]",
    missing: "$.detail.missing",
  };
  const InputTemplate =
    '{"name":<name>,"state":<state>,"count":<count>,"arn":<resources-0->,"missing":<missing>,"text":"<name> is <state>, <missing>","rule":<aws.events.rule-arn>}';
  const text = targetInput({ InputTransformer: { InputPathsMap, InputTemplate } })(event, rule);

  expect(JSON.parse(text)).toEqual({
    name: 'A "quoted" name',
    state: { value: "OK" },
    count: 3,
    arn: "arn:alarm",
    missing: "",
    text: 'A "quoted" name is {"value":"OK"}, ',
    rule: "arn:rule",
  });
});

it("is refused when it is ambiguous or has an unsupported path", () => {
  expect(() => targetInput({ Input: "{}", InputPath: "$" })).toThrow("one of");
  expect(() => targetInput({ InputPath: "$..all" })).toThrow("$..all");
});
