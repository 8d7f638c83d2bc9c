import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { AlarmState } from "../../../local/cloudwatch/alarm/evaluate.ts";
import {
  alarmsOf,
  isRuleTrue,
  parseAlarmRule,
} from "../../../local/cloudwatch/composite/alarmRule.ts";

const states: Readonly<Record<string, AlarmState>> = {
  a: "ALARM",
  b: "ALARM",
  ok: "OK",
  new: "INSUFFICIENT_DATA",
  "arn:aws:cloudwatch:us-east-1:1:alarm:c d": "ALARM",
};

const isTrue = (rule: string): boolean => isRuleTrue(parseAlarmRule(rule), (name) => states[name]);

it.each([
  ["ALARM(a)", true],
  ['ALARM("a")', true],
  ['ALARM("arn:aws:cloudwatch:us-east-1:1:alarm:c d")', true],
  ["OK(a)", false],
  ["INSUFFICIENT_DATA(new)", true],
  ["TRUE", true],
  ["FALSE", false],
  ["NOT ALARM(a)", false],
  ["NOT (ALARM(a))", false],
  ["ALARM(ok) OR ALARM(a) AND ALARM(ok)", false],
  ["ALARM(a) OR ALARM(ok) AND ALARM(ok)", true],
  ["(ALARM(a) OR ALARM(ok)) AND OK(ok)", true],
  ["ALARM(a) AND NOT ALARM(ok)", true],
  ["AT_LEAST(2, ALARM, (a, b, ok))", true],
  ["AT_LEAST(3, ALARM, (a, b, ok))", false],
  ['AT_LEAST("50%", ALARM, ("a", "b", "ok", "new"))', true],
  ["AT_LEAST(60%, ALARM, (a, b, ok, new))", false],
  ["AT_LEAST(2, NOT OK, (a, ok, new))", true],
  ["(AT_LEAST(1, OK, (ok)) AND (NOT (ALARM(new))))", true],
])("%s is %s", (rule, expected) => {
  expect(isTrue(rule)).toBe(expected);
});

it.each([
  ["", "found the end"],
  ["ALARM()", "expected an alarm, found ')'"],
  ["ALARM(a) ALARM(b)", "expected the end, found 'ALARM'"],
  ["BROKEN(a)", "expected one of ALARM, OK, INSUFFICIENT_DATA"],
  ["AT_LEAST(4, ALARM, (a, b, ok))", "AT_LEAST needs a number from 1 to 3"],
  ["AT_LEAST(101%, ALARM, (a, b))", "AT_LEAST needs a number from 1 to 100"],
  ["ALARM(a", "expected ), found the end"],
  ["(".repeat(1_000), "nested too deeply"],
  ["NOT ".repeat(1_000), "nested too deeply"],
  [Array.from({ length: 101 }, (_, i) => `ALARM(a${i})`).join(" OR "), "101 alarms"],
  [Array.from({ length: 501 }, () => "TRUE").join(" OR "), "more than 500 elements"],
])("refuses %s", (rule, message) => {
  expect(() => parseAlarmRule(rule)).toThrow(message);
});

it("names each alarm of a rule", () => {
  const rule = parseAlarmRule("ALARM(a) OR NOT (OK(b) AND AT_LEAST(1, ALARM, (c, d))) OR TRUE");
  expect(alarmsOf(rule)).toEqual(["a", "b", "c", "d"]);
});

it("rules of AND, OR and NOT have the value that JavaScript gives them", () => {
  const rules = fc.letrec<{ rule: string }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("TRUE", "FALSE"),
      fc
        .tuple(tie("rule"), fc.constantFrom("AND", "OR"), tie("rule"))
        .map((parts) => parts.join(" ")),
      tie("rule").map((rule) => `NOT (${rule})`),
      tie("rule").map((rule) => `(${rule})`),
    ),
  })).rule;
  void fc.assert(
    fc.property(rules, (rule) => {
      const script = rule
        .replaceAll("AND", "&&")
        .replaceAll("OR", "||")
        .replaceAll("NOT", "!")
        .toLowerCase();
      expect(isTrue(rule)).toBe(new Function(`return ${script}`)());
    }),
  );
});
